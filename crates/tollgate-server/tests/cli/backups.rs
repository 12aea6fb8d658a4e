//! Backups are whole, and only a proven one takes the database's place.

use crate::support::World;
use tollgate_store::sql::Statement;
use tollgate_store::{Engine, Store, StoreOptions};

const SPOIL: Statement = Statement::new(
    "grants",
    "UPDATE grants SET used = used + 1 WHERE number = 1",
);

#[test]
fn a_backup_takes_the_place_of_what_is_there_and_that_is_kept() {
    let world = World::with_catalog("resume");
    world.expect(&["customer", "create", "ann"], 0);
    world.expect(&["backup", "b.db", "--verify"], 0);
    world.expect(&["backup", "b.db"], 2);
    world.expect(&["customer", "create", "bob"], 0);
    let refused = world.expect(&["restore", "b.db"], 2);
    assert!(refused.errors.contains("--force"), "{}", refused.errors);
    world.expect(&["customer", "show", "bob"], 0);
    let restored = world
        .expect(&["--json", "restore", "b.db", "--force"], 0)
        .json();
    assert_eq!(restored["verification"]["ok"], true);
    world.expect(&["customer", "show", "ann"], 0);
    world.expect(&["customer", "show", "bob"], 1);
    // What was there is whole, too.
    let kept = format!("sqlite:{}", restored["kept"].as_str().unwrap());
    world.expect(&["--database", &kept, "customer", "show", "bob"], 0);
    world.expect(&["customer", "create", "eve"], 0);
    world.expect(&["verify"], 0);
    // Where nothing is, nothing has to be said.
    world.expect(&["--database", "sqlite:new.db", "restore", "b.db"], 0);
    world.expect(
        &["--database", "sqlite:new.db", "customer", "show", "ann"],
        0,
    );
}

#[tokio::test]
async fn a_wrong_backup_replaces_nothing() {
    let world = World::with_catalog("resume");
    world.expect(&["customer", "create", "ann"], 0);
    world.expect(&["backup", "b.db"], 0);
    world.expect(&["customer", "create", "bob"], 0);
    let address = format!("sqlite:{}", world.path("b.db").display());
    let backup = Store::open(&address, &StoreOptions::default())
        .await
        .unwrap();
    let mut transaction = backup.begin().await.unwrap();
    transaction.execute(SPOIL, []).await.unwrap();
    transaction.commit().await.unwrap();
    backup.close().await;
    let found = world.expect(&["restore", "b.db", "--force"], 3);
    assert!(
        found.errors.contains("nothing was replaced"),
        "{}",
        found.errors
    );
    world.write("none.db", "this is no database at all");
    world.expect(&["restore", "none.db", "--force"], 8);
    world.write("empty.db", "");
    world.expect(&["restore", "empty.db", "--force"], 8);
    world.expect(&["customer", "show", "bob"], 0);
    let beside = std::fs::read_dir(world.file().parent().unwrap()).unwrap();
    let left: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
    let is_left = |name: &std::ffi::OsString| name.to_string_lossy().contains("restoring");
    assert!(!left.iter().any(is_left), "{left:?}");
}

#[tokio::test]
async fn postgres_is_backed_up_by_its_own_programs() {
    let world = World::on(Engine::Postgres).await;
    world.apply("resume");
    world.expect(&["customer", "create", "ann"], 0);
    world.expect(&["backup", "b.dump"], 0);
    world.expect(&["customer", "create", "bob"], 0);
    world.expect(&["restore", "b.dump"], 2);
    world.expect(&["restore", "b.dump", "--force"], 0);
    world.expect(&["customer", "show", "ann"], 0);
    world.expect(&["customer", "show", "bob"], 1);
    let elsewhere = World::on(Engine::Postgres).await;
    let dump = world.path("b.dump").display().to_string();
    elsewhere.expect(&["restore", &dump], 0);
    elsewhere.expect(&["customer", "show", "ann"], 0);
}
