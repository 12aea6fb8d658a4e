//! Beside a running server, and after one that crashed.

use crate::support::World;

#[test]
fn a_running_server_is_read_beside_and_never_written_to() {
    let world = World::with_catalog("resume");
    world.expect(&["customer", "create", "ann", "--plan", "pro"], 0);
    let key = world.expect(&["keys", "create"], 0).output;
    let server = world.serve();
    for _ in 0..3 {
        let status = server.post(
            "/v1/customers/ann/consume",
            key.trim(),
            r#"{"feature":"ats_scan"}"#,
        );
        assert_eq!(status, 200);
    }
    let created = server.post("/v1/customers", key.trim(), r#"{"id":"bob"}"#);
    assert_eq!(created, 201);
    // At once, before the server has written the accounts behind the record.
    assert_eq!(world.used("ann", "ats_scan"), 3);
    assert_eq!(world.used("bob", "ats_scan"), 0);
    let listed = world.expect(&["--json", "customer", "list"], 0).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    let why = world
        .expect(&["--json", "why", "ann", "ats_scan"], 0)
        .json();
    assert_eq!(why["events"].as_array().unwrap().len(), 3);
    let verified = world.expect(&["--json", "verify"], 0).json();
    assert_eq!(
        (&verified["ok"], &verified["beside_a_server"]),
        (&true.into(), &true.into())
    );
    world.expect(&["backup", "beside.db", "--verify"], 0);
    for arguments in [
        &["customer", "create", "eve"][..],
        &["customer", "cancel", "ann"],
        &["grant", "ann", "ats_scan", "1"],
        &[
            "plans",
            "apply",
            &crate::support::catalog("resume"),
            "--yes",
        ],
        &["restore", "beside.db", "--force"],
    ] {
        let refused = world.expect(arguments, 4);
        assert!(refused.errors.contains("/v1"), "{}", refused.errors);
        assert_eq!(refused.errors.lines().count(), 1, "{}", refused.errors);
    }
    world.write("u.csv", "customer,feature\nann,ats_scan\n");
    world.expect(&["import", "u.csv"], 4);
    assert_eq!(
        world
            .expect(&["import", "u.csv", "--dry-run", "--json"], 0)
            .json()["recorded"],
        1
    );
    server.kill();
    // What the crash left behind the record is read, and then brought in.
    assert_eq!(world.used("ann", "ats_scan"), 3);
    let verified = world.expect(&["--json", "verify"], 0).json();
    assert_eq!(
        (&verified["ok"], &verified["beside_a_server"]),
        (&true.into(), &false.into())
    );
    assert_eq!(world.used("ann", "ats_scan"), 3);
}

#[test]
fn a_running_server_can_be_asked() {
    let mut world = World::with_catalog("resume");
    let key = world.expect(&["keys", "create"], 0).output;
    let server = world.serve();
    let url = format!("http://{}", server.address);
    world.variables.push(("TOLLGATE_URL", url.clone()));
    world.expect(&["customer", "create", "ann"], 1);
    world
        .variables
        .push(("TOLLGATE_KEY", key.trim().to_owned()));
    world.expect(&["customer", "create", "ann"], 0);
    let grant = [
        "--json", "grant", "ann", "ats_scan", "5", "--source", "top_up",
    ];
    let grant = world.expect(&grant, 0).json();
    assert_eq!(grant["grant"]["source"], "top_up");
    let usage = world.expect(&["--json", "usage", "ann"], 0).json();
    assert_eq!(usage["features"]["ats_scan"]["limit"], 7);
    let why = world
        .expect(&["--json", "why", "ann", "ats_scan", "9"], 0)
        .json();
    assert_eq!(why["decision"]["allowed"], false);
    let change = [
        "--json",
        "customer",
        "subscribe",
        "ann",
        "pro",
        "--when",
        "now",
    ];
    let change = world.expect(&change, 0).json();
    assert_eq!(change["subscription"]["plan"], "pro");
    let preview = [
        "--json",
        "customer",
        "subscribe",
        "ann",
        "elite",
        "--preview",
    ];
    assert_eq!(world.expect(&preview, 0).json()["direction"], "upgrade");
    world.expect(&["customer", "cancel", "ann"], 0);
    let listed = world
        .expect(&["--json", "customer", "list", "--limit", "1"], 0)
        .json();
    assert_eq!(listed["data"][0]["id"], "ann");
    let shown = world.expect(&["customer", "show", "ann"], 0).output;
    assert!(shown.contains("cancel_at"), "{shown}");
    let unknown = world.expect(&["usage", "nobody"], 1);
    assert_eq!(unknown.errors.lines().count(), 1, "{}", unknown.errors);
    server.kill();
    let gone = world.expect(&["usage", "ann"], 6);
    assert!(gone.errors.contains(&url), "{}", gone.errors);
}
