//! Imports: rows are checked, recorded once whatever happens, and told of when they are not.

use crate::support::World;
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;
use tollgate_store::{Engine, setting};

/// Rows of two customers without keys of their own.
fn rows(count: usize) -> String {
    let mut text = "customer,feature,amount\n".to_owned();
    for row in 0..count {
        let _ = writeln!(text, "{},ats_scan,1", ["ann", "bob"][row % 2]);
    }
    text
}

/// A database with two customers on an unlimited plan.
async fn world(engine: Engine) -> World {
    let world = World::on(engine).await;
    world.apply("resume");
    for customer in ["ann", "bob"] {
        world.expect(&["customer", "create", customer, "--plan", "elite"], 0);
    }
    world
}

fn counts(report: &Value) -> (u64, u64, u64) {
    let count = |name: &str| report[name].as_u64().unwrap();
    (count("recorded"), count("known"), count("done_before"))
}

#[tokio::test]
async fn a_file_is_imported_once_however_often_it_is_given() {
    let world = world(Engine::Sqlite).await;
    // More than one window.
    world.write("u.csv", &rows(10_000));
    let dry = world
        .expect(&["--json", "import", "u.csv", "--dry-run"], 0)
        .json();
    assert_eq!(counts(&dry), (10_000, 0, 0));
    assert_eq!(world.used("ann", "ats_scan"), 0);
    let first = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&first), (10_000, 0, 0));
    let again = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&again), (0, 0, 10_000));
    // Rows that were added since are imported.
    world.write("u.csv", &rows(10_003));
    let added = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&added), (3, 0, 10_000));
    assert_eq!(world.used("ann", "ats_scan"), 5_002);
    assert_eq!(world.used("bob", "ats_scan"), 5_001);
    // Another file under the same name is refused.
    world.write("u.csv", &rows(10_003).replacen("ann", "bob", 1));
    let refused = world.expect(&["import", "u.csv"], 1);
    assert!(refused.errors.contains("--name"), "{}", refused.errors);
    assert_eq!(world.used("ann", "ats_scan"), 5_002);
    world.expect(&["verify"], 0);
}

/// Puts the progress back to where a crash in the middle would have left it, so long ago.
async fn as_after_a_crash(world: &World, hours_ago: i64) {
    let store = world.store().await;
    let mut connection = store.read().await.unwrap();
    let text = setting::find(&mut connection, "import.u.csv")
        .await
        .unwrap()
        .unwrap();
    drop(connection);
    let mut progress: Value = serde_json::from_str(&text).unwrap();
    progress["rows_done"] = 0.into();
    let saved_at = progress["saved_at"].as_i64().unwrap();
    progress["saved_at"] = (saved_at - hours_ago * 3_600_000_000).into();
    let mut transaction = store.begin().await.unwrap();
    setting::set(&mut transaction, "import.u.csv", &progress.to_string())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    store.close().await;
}

async fn rows_in_doubt_are_recorded_once(engine: Engine) {
    let mut world = world(engine).await;
    world.write("u.csv", &rows(100));
    world.expect(&["import", "u.csv"], 0);
    as_after_a_crash(&world, 0).await;
    let again = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&again), (0, 100, 0));
    // So late that the engine has forgotten the keys: the record is asked.
    as_after_a_crash(&world, 48).await;
    world
        .variables
        .push(("TOLLGATE_ENGINE_KEYS_KEPT_SECONDS", "0".to_owned()));
    let late = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&late), (0, 100, 0));
    assert_eq!(world.used("ann", "ats_scan"), 50);
    // Rows in doubt must not be changed.
    as_after_a_crash(&world, 0).await;
    world.write("u.csv", &rows(100).replacen("bob", "ann", 1));
    world.expect(&["import", "u.csv"], 1);
    assert_eq!(world.used("ann", "ats_scan"), 50);
    world.expect(&["verify"], 0);
}

#[tokio::test]
async fn rows_in_doubt_are_recorded_once_on_sqlite() {
    rows_in_doubt_are_recorded_once(Engine::Sqlite).await;
}

#[tokio::test]
async fn rows_in_doubt_are_recorded_once_on_postgres() {
    rows_in_doubt_are_recorded_once(Engine::Postgres).await;
}

#[tokio::test]
async fn no_row_is_lost_or_recorded_twice_when_it_is_killed() {
    let world = world(Engine::Sqlite).await;
    world.write("u.csv", &rows(30_000));
    let dry = world.expect(&["import", "u.csv", "--dry-run"], 0);
    assert!(dry.output.contains("30000"), "{}", dry.output);
    for millis in [300, 500, 800, 1_200] {
        world.interrupt(&["import", "u.csv"], Duration::from_millis(millis));
    }
    let rest = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(rest["rows"], 30_000);
    assert_eq!(world.used("ann", "ats_scan"), 15_000);
    assert_eq!(world.used("bob", "ats_scan"), 15_000);
    world.expect(&["verify"], 0);
}

#[tokio::test]
async fn an_invalid_row_stops_it_until_it_is_corrected() {
    let world = world(Engine::Sqlite).await;
    let wrong = "customer,feature\nann,ats_scan\nann,ats_scam\nbob,ats_scan\n";
    world.write("u.csv", wrong);
    let stopped = world.expect(&["import", "u.csv"], 1);
    assert!(
        stopped
            .errors
            .contains("line 3: the catalog has no feature ats_scam")
    );
    assert_eq!(
        (world.used("ann", "ats_scan"), world.used("bob", "ats_scan")),
        (1, 0)
    );
    world.write("u.csv", &wrong.replace("scam", "scan"));
    let rest = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(counts(&rest), (2, 0, 1));
    assert_eq!(
        (world.used("ann", "ats_scan"), world.used("bob", "ats_scan")),
        (2, 1)
    );
}

#[tokio::test]
async fn rejected_rows_can_be_corrected_and_imported_by_themselves() {
    let world = world(Engine::Sqlite).await;
    world.expect(&["customer", "create", "eve"], 0);
    world.write(
        "u.csv",
        "customer,feature,amount\nann,ats_scan,1\neve,ats_scan,3\nann,ats_scan,many\nbob,ats_scan,1\n",
    );
    let report = world
        .expect(&["--json", "import", "u.csv", "--rejected", "r.csv"], 1)
        .json();
    assert_eq!(counts(&report), (2, 0, 0));
    assert_eq!(
        (&report["refused"], &report["invalid"]),
        (&1.into(), &1.into())
    );
    let rejected = world.read("r.csv");
    assert!(
        rejected.contains("eve,ats_scan,3,quota_exceeded: "),
        "{rejected}"
    );
    assert!(rejected.contains("ann,ats_scan,many,"), "{rejected}");
    world.expect(&["grant", "eve", "ats_scan", "10"], 0);
    world.write("r.csv", &rejected.replace("many", "4"));
    let corrected = world.expect(&["--json", "import", "r.csv"], 0).json();
    assert_eq!(counts(&corrected), (2, 0, 0));
    assert_eq!(
        (world.used("ann", "ats_scan"), world.used("eve", "ats_scan")),
        (5, 3)
    );
}

#[tokio::test]
async fn what_happened_before_the_running_period_is_left_out() {
    let world = world(Engine::Sqlite).await;
    world.write(
        "u.csv",
        "customer,feature,at\nann,ats_scan,2001-01-31T00:00:00Z\nann,ats_scan,\n",
    );
    let report = world.expect(&["--json", "import", "u.csv"], 0).json();
    assert_eq!(
        (counts(&report), &report["earlier"]),
        ((1, 0, 0), &1.into())
    );
    assert_eq!(world.used("ann", "ats_scan"), 1);
    let all = [
        "--json",
        "import",
        "u.csv",
        "--name",
        "all",
        "--count-earlier",
    ];
    assert_eq!(counts(&world.expect(&all, 0).json()), (2, 0, 0));
    let events = world.expect(&["export", "events"], 0).output;
    assert!(
        events.contains(r#""metadata":{"occurred_at":"2001-01-31T00:00:00Z"}"#),
        "{events}"
    );
}
