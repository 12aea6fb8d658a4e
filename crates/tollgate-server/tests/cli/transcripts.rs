//! What people see: commands and their answers, as snapshots.

use crate::support::{World, catalog};
use tollgate_store::Engine;

#[tokio::test]
async fn catalogs_are_checked_compared_and_applied() {
    let world = World::on(Engine::Sqlite).await;
    world.write(
        "plans.toml",
        "[catalog]\nname = \"App\"\ndefault_plan = \"fre\"\n\n[features.scan]\nname = \"Scan\"\n\n\
         [plans.free]\nname = \"Free\"\nlimits = { scan = 3 }\n",
    );
    let wrong = world.transcript(&["plans check plans.toml", "--json plans check plans.toml"]);
    let right = world.read("plans.toml").replace("\"fre\"", "\"free\"");
    world.write("plans.toml", &right);
    let first = world.transcript(&[
        "plans check plans.toml",
        "plans diff plans.toml --exit-code",
        "plans apply plans.toml",
    ]);
    assert!(!world.file().exists(), "nothing is made by looking");
    let applied = world.transcript(&[
        "plans apply plans.toml --yes",
        "plans diff plans.toml --exit-code",
        "plans list",
    ]);
    world.write("plans.toml", &right.replace("scan = 3", "scan = 5"));
    let changed = world.transcript(&[
        "plans diff plans.toml --exit-code",
        "--json plans apply plans.toml --yes",
        "plans show free",
        "plans show pro",
        "plans check",
        "plans check nowhere.toml",
    ]);
    insta::assert_snapshot!([wrong, first, applied, changed].concat());
}

#[test]
fn customers_are_begun_changed_and_explained() {
    let world = World::with_catalog("usdot");
    insta::assert_snapshot!(world.transcript(&[
        "customer create ann",
        "customer create ann --plan basic",
        "customer create acme --plan basic --time-zone Europe/Berlin",
        "customer subscribe ann professional --preview",
        "customer subscribe ann professional",
        "customer subscribe ann basic",
        "customer cancel acme",
        "grant ann operations 25 --source promotion --expires 2090-01-01T00:00:00Z --reference spring",
        "usage ann",
        "why ann image_ocr 600",
        "why ann image_ocr",
        "customer list",
        "customer list --limit 1",
        "customer show ann",
        "customer cancel acme --now",
    ]));
}

#[test]
fn answers_in_json_have_the_shapes_of_the_interface() {
    let world = World::with_catalog("resume");
    insta::assert_snapshot!(world.transcript(&[
        "--json customer create ann --plan pro",
        "--json grant ann ats_scan 5 --source top_up",
        "--json usage ann",
        "--json why ann ats_scan 100",
        "--json customer list",
        "--json customer show ann",
        "--json customer cancel ann",
        "--json customer subscribe ann elite --preview",
        "--json verify",
        "--json plans show free",
    ]));
}

#[test]
fn mistakes_are_one_line_with_a_code() {
    let world = World::with_catalog("resume");
    insta::assert_snapshot!(world.transcript(&[
        "customer show nobody",
        "usage nobody",
        "why nobody ats_scan",
        "grant nobody ats_scan 1",
        "customer subscribe nobody pro",
        "customer create ann",
        "customer create bob --plan nothing",
        "customer show bob",
        "why ann nothing",
        "grant ann nothing 1",
        "grant ann ats_scan 1 --expires 2001-01-01T00:00:00Z",
        "--json customer subscribe ann nothing",
        "import -",
        "import nowhere.csv",
        "import nowhere.txt",
        "export grants --from 2026-01-01T00:00:00Z",
        "restore nowhere.db --force",
        "--database mysql://a:secret@b/c verify",
        "--database sqlite:nowhere.db verify",
    ]));
    assert!(!world.path("nowhere.db").exists());
}

#[test]
fn doctor_finds_what_is_wrong() {
    let world = World::with_catalog("resume");
    let standing = |check: &str| {
        let report = world.run(&["--json", "doctor"]).json();
        let checks = report["checks"].as_array().unwrap().clone();
        let found = checks.iter().filter(|found| found["check"] == check);
        let found: Vec<_> = found
            .map(|found| found["standing"].as_str().unwrap())
            .collect();
        found.join(" ")
    };
    world.expect(&["doctor"], 0);
    let well = [
        "settings", "clock", "file", "writer", "size", "database", "record", "plans",
    ];
    for check in well {
        assert_eq!(standing(check), "ok", "{check}");
    }
    assert_eq!(standing("keys"), "warn");
    world.expect(&["keys", "create"], 0);
    assert_eq!(standing("keys"), "ok");
    #[cfg(unix)]
    {
        let mode = |mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(world.file(), mode).unwrap();
        };
        mode(0o644);
        assert_eq!(standing("file"), "warn");
        mode(0o600);
    }
    let with_catalog = |name: &str| {
        let ended = world.run(&["--json", "doctor", "--catalog", name]);
        (
            ended.code,
            masked_checks(&ended.output, "catalog"),
            masked_checks(&ended.output, "plans"),
        )
    };
    assert_eq!(
        with_catalog(&catalog("resume")),
        (0, "ok".to_owned(), "ok".to_owned())
    );
    assert_eq!(
        with_catalog(&catalog("usdot")),
        (0, "ok".to_owned(), "warn".to_owned())
    );
    assert_eq!(with_catalog("nowhere.toml").0, 1);
    world.write("tollgate.toml", "nonsense = 1");
    assert_eq!(world.run(&["doctor"]).code, 1);
}

#[tokio::test]
async fn doctor_looks_at_postgres() {
    let world = World::on(Engine::Postgres).await;
    // The tests' own server runs without fsync, which is found to be wrong.
    let check = |check: &str| masked_checks(&world.run(&["--json", "doctor"]).output, check);
    assert_eq!(check("database"), "warn");
    world.apply("resume");
    for well in ["database", "server", "clock", "network", "plans"] {
        assert_eq!(check(well), "ok", "{well}");
    }
}

fn masked_checks(output: &str, check: &str) -> String {
    let report: serde_json::Value = serde_json::from_str(output).unwrap();
    let mut checks = report["checks"].as_array().unwrap().iter();
    let found = checks.find(|found| found["check"] == check).unwrap();
    found["standing"].as_str().unwrap().to_owned()
}
