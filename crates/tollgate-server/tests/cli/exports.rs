//! What is exported, and that it can be imported elsewhere.

use crate::support::{World, masked};
use tollgate_store::Engine;

/// Two customers with some usage, the same on either engine.
fn furnish(world: &World) {
    world.apply("usdot");
    world.write(
        "u.ndjson",
        concat!(
            r#"{"customer":"ann","feature":"image_ocr","amount":3,"idempotency_key":"one"}"#,
            "\n",
            r#"{"customer":"bob","feature":"usdot_lookup","member":"m1","metadata":{"a":"x, \"y\""}}"#,
            "\n",
        ),
    );
    world.expect(&["import", "u.ndjson", "--create-customers"], 0);
    world.expect(
        &[
            "grant",
            "ann",
            "operations",
            "5",
            "--reference",
            "for, a reason",
        ],
        0,
    );
}

/// Lines in an order of their own, for the engines' differ.
fn sorted(text: &str) -> String {
    let text = masked(text);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

async fn exported(engine: Engine) -> String {
    let world = World::on(engine).await;
    furnish(&world);
    let parts = ["customers", "grants", "events"].map(|what| {
        let lines = world.expect(&["export", what], 0).output;
        world.expect(&["export", what, "--format", "csv", "--output", "file"], 0);
        let rows = world.read("file");
        std::fs::remove_file(world.path("file")).unwrap();
        let (head, rows) = rows.split_once('\n').unwrap();
        format!("{what}\n{}\n\n{head}\n{}\n", sorted(&lines), sorted(rows))
    });
    masked(&parts.join("\n"))
}

#[tokio::test]
async fn both_engines_export_the_same() {
    let from_sqlite = exported(Engine::Sqlite).await;
    insta::assert_snapshot!(from_sqlite);
    assert_eq!(exported(Engine::Postgres).await, from_sqlite);
}

#[test]
fn what_is_exported_can_be_imported_elsewhere() {
    let world = World::with_catalog("usdot");
    furnish(&world);
    let elsewhere = World::with_catalog("usdot");
    for (format, name) in [("ndjson", "events.ndjson"), ("csv", "events.csv")] {
        world.expect(
            &["export", "events", "--format", format, "--output", name],
            0,
        );
        elsewhere.write(name, &world.read(name));
    }
    // The events are from before these customers' periods, which begin with them.
    let arguments = [
        "--json",
        "import",
        "events.ndjson",
        "--create-customers",
        "--count-earlier",
    ];
    let first = elsewhere.expect(&arguments, 0).json();
    assert_eq!(
        (&first["recorded"], &first["known"]),
        (&2.into(), &0.into())
    );
    // The same events under another name: their keys are known.
    let again = elsewhere
        .expect(&["--json", "import", "events.csv", "--count-earlier"], 0)
        .json();
    assert_eq!(
        (&again["recorded"], &again["known"]),
        (&0.into(), &2.into())
    );
    assert_eq!(elsewhere.used("ann", "image_ocr"), 3);
    assert_eq!(elsewhere.used("bob", "usdot_lookup"), 1);
    elsewhere.expect(&["verify"], 0);
}

#[test]
fn a_file_is_never_written_over_and_events_are_chosen_by_time() {
    let world = World::with_catalog("usdot");
    furnish(&world);
    world.write("there", "mine");
    world.expect(&["export", "events", "--output", "there"], 2);
    assert_eq!(world.read("there"), "mine");
    let lines = |arguments: &[&str]| world.expect(arguments, 0).output.lines().count();
    assert_eq!(
        lines(&["export", "events", "--from", "2001-01-01T00:00:00Z"]),
        2
    );
    assert_eq!(
        lines(&["export", "events", "--from", "2090-01-01T00:00:00Z"]),
        0
    );
    assert_eq!(
        lines(&["export", "events", "--until", "2001-01-01T00:00:00Z"]),
        0
    );
}
