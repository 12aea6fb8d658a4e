//! Reports, and the exports that they can be recomputed from.

use crate::support::World;
use tollgate_store::Engine;

fn furnish(world: &World) {
    world.apply("usdot");
    world.write(
        "u.ndjson",
        concat!(
            r#"{"customer":"ann","feature":"image_ocr","amount":5,"member":"m1"}"#,
            "\n",
            r#"{"customer":"ann","feature":"image_ocr","member":"m2"}"#,
            "\n",
            r#"{"customer":"bob","feature":"usdot_lookup"}"#,
            "\n",
        ),
    );
    world.expect(&["import", "u.ndjson", "--create-customers"], 0);
    world.expect(
        &["customer", "subscribe", "bob", "basic", "--when", "now"],
        0,
    );
}

async fn a_report_is_shown_in_every_form(engine: Engine) {
    let world = World::on(engine).await;
    furnish(&world);
    let report = world.expect(&["--json", "report"], 0).json();
    assert_eq!(report["customers"]["total"], 2);
    assert_eq!(report["customers"]["paid"], 1);
    assert_eq!(report["active"]["members"], 3);
    assert_eq!(report["recurring"][0]["monthly"], 999);
    assert_eq!(report["conversion"]["converted"], 1);
    assert_eq!(report["usage"]["events"], 3);
    assert_eq!(report["is_current"], true);
    let shown = world.expect(&["report"], 0).output;
    for words in ["2: 1 paid", "9.99 USD a month", "1 of 2: 50.0 %", "basic"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let rows = world.expect(&["report", "--csv", "customers"], 0).output;
    assert_eq!(
        rows,
        "plan,paid,trialing,free,none\nbasic,1,0,0,0\nfree,0,0,1,0\n"
    );
    for part in [
        "months",
        "active",
        "utilisation",
        "conversion",
        "reasons",
        "comments",
        "payments",
        "recurring",
        "usage",
    ] {
        let rows = world.expect(&["report", "--csv", part], 0).output;
        assert!(rows.lines().next().unwrap().contains(','), "{rows}");
    }
    let rebuilt = world.expect(&["--json", "report", "--rebuild"], 0).json();
    for part in ["customers", "utilisation", "months"] {
        assert_eq!(rebuilt[part], report[part], "{part}");
    }
}

#[tokio::test]
async fn a_report_is_shown_in_every_form_on_sqlite() {
    a_report_is_shown_in_every_form(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_report_is_shown_in_every_form_on_postgres() {
    a_report_is_shown_in_every_form(Engine::Postgres).await;
}

#[test]
fn a_range_without_days_is_a_mistake() {
    let world = World::with_catalog("usdot");
    let mistake = world.expect(
        &["report", "--from", "2026-01-02", "--until", "2026-01-02"],
        2,
    );
    assert!(mistake.errors.contains("has no days"), "{}", mistake.errors);
    world.expect(&["report", "--from", "2026-02-30"], 2);
    world.expect(&["report", "--csv", "nonsense"], 2);
}

#[test]
fn beside_a_server_the_counters_are_shown_as_they_stand() {
    let world = World::with_catalog("resume");
    world.expect(&["customer", "create", "ann"], 0);
    world.expect(&["report"], 0);
    let server = world.serve();
    let report = world.expect(&["--json", "report"], 0).json();
    assert_eq!(report["customers"]["total"], 1);
    let refused = world.expect(&["report", "--rebuild"], 4);
    assert_eq!(refused.errors.lines().count(), 1, "{}", refused.errors);
    drop(server);
}

#[test]
fn the_record_is_exported_whole() {
    let world = World::with_catalog("usdot");
    furnish(&world);
    let lines = world.expect(&["export", "record"], 0).output;
    let entries: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_ann: Vec<_> = entries
        .iter()
        .filter(|entry| entry["customer"] == "ann")
        .map(|entry| {
            (
                entry["number"].as_u64().unwrap(),
                entry["kind"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        of_ann,
        [(1, "opened"), (2, "subscribed"), (3, "used"), (4, "used")]
    );
    assert!(entries[0]["body"]["effects"].is_array());
    let rows = world
        .expect(&["export", "record", "--format", "csv"], 0)
        .output;
    assert_eq!(rows.lines().count(), entries.len() + 1);
    let none = world.expect(&["export", "record", "--until", "2020-01-01T00:00:00Z"], 0);
    assert_eq!(none.output, "");
    for what in ["payments", "cancellations"] {
        assert_eq!(world.expect(&["export", what], 0).output, "");
        let head = world.expect(&["export", what, "--format", "csv"], 0).output;
        assert!(head.starts_with("id,customer,"), "{head}");
        world.expect(&["export", what, "--from", "2020-01-01T00:00:00Z"], 2);
    }
}
