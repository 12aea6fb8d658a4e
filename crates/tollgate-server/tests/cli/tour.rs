//! The tour: both lives, on both engines.

use crate::support::World;
use serde_json::Value;
use tollgate_store::Engine;

/// Plays a tour, and expects it to tell this many steps.
#[track_caller]
fn tour(world: &World, arguments: &[&str], steps: usize) -> Vec<Value> {
    let arguments = [&["tour", "--json"], arguments].concat();
    let ended = world.expect(&arguments, 0);
    assert_eq!(ended.errors, "");
    let told = ended.output.lines().map(serde_json::from_str::<Value>);
    let told: Vec<Value> = told.map(Result::unwrap).collect();
    let numbers: Vec<_> = told
        .iter()
        .filter_map(|step| step["step"].as_u64())
        .collect();
    let expected: Vec<_> = (1..=steps as u64).collect();
    assert_eq!(numbers, expected);
    told
}

/// The figures of the step with this title.
#[track_caller]
fn figures<'a>(told: &'a [Value], title: &str) -> &'a Value {
    let step = told.iter().find(|step| step["title"] == title);
    &step.unwrap_or_else(|| panic!("no step {title}: {told:?}"))["figures"]
}

#[track_caller]
fn check_lookup(told: &[Value]) {
    assert_eq!(figures(told, "Hit the limit")["error"], "quota_exceeded");
    assert_eq!(figures(told, "Pay")["plan_id"], "basic");
    let renewed = figures(told, "Renew");
    assert_eq!(renewed["carryover_from_previous"], 10);
    assert_eq!(renewed["quota_remaining"], 160);
    assert_eq!(figures(told, "Buy operations")["amount_cents"], 500);
    assert_eq!(figures(told, "Refund half")["quota_revoked"], 25);
    assert_eq!(figures(told, "The period ends")["plan_id"], "free");
    let proven = figures(told, "Verify");
    assert_eq!(proven["differences_in_balances"], 0);
    assert_eq!(proven["differences_from_stripe"], 0);
}

#[tokio::test]
async fn the_lookup_life_is_the_usual_one() {
    let world = World::on(Engine::Sqlite).await;
    check_lookup(&tour(&world, &[], 10));
    assert!(
        !world.file().exists(),
        "the database of the settings is left alone"
    );
    let ended = world.expect(&["tour", "--catalog", "lookup"], 0);
    assert!(ended.output.contains("no money moves"), "{}", ended.output);
    assert!(
        ended.output.contains("10 left and 150 new are 160"),
        "{}",
        ended.output
    );
    assert!(
        ended
            .output
            .ends_with("Every figure was what it should be.\n")
    );
}

#[tokio::test]
async fn the_life_of_the_resume_service() {
    let world = World::on(Engine::Sqlite).await;
    let told = tour(&world, &["--catalog", "resume"], 9);
    assert_eq!(figures(&told, "Hit the limit")["limit"], 2);
    assert_eq!(figures(&told, "Pay")["remaining"], 18);
    assert_eq!(figures(&told, "Change to Elite")["unlimited"], true);
    assert_eq!(figures(&told, "The period ends")["plan"], "free");
    assert_eq!(figures(&told, "Verify")["differences_from_stripe"], 0);
}

#[tokio::test]
async fn a_tour_on_a_database_that_is_named() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = World::on(engine).await;
        let database = world.variables[0].1.clone();
        check_lookup(&tour(&world, &["--database", &database], 10));
        let again = world.expect(&["tour", "--database", &database], 2);
        assert_eq!(again.errors.lines().count(), 1, "{}", again.errors);
        assert!(again.errors.contains("empty database"), "{}", again.errors);
    }
}

#[tokio::test]
async fn a_catalog_without_a_story_is_refused() {
    let world = World::on(Engine::Sqlite).await;
    let refused = world.expect(&["tour", "--catalog", "plans.toml"], 2);
    assert!(refused.errors.contains("plans.toml"), "{}", refused.errors);
}
