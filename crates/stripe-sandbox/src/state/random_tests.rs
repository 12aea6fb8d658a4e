//! Random lives: whatever is done in whichever order, nothing is charged twice, every period is
//! billed once, and the newest event of an object shows it as it is.

use super::id::Ids;
use super::invoice::{Invoice, Status as InvoiceStatus};
use super::payment_intent::successful_charge;
use super::subscription::Subscription;
use super::table::Record;
use super::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const LIVES: u64 = 25;
const STEPS: usize = 30;

fn cards() -> [&'static str; 2] {
    ["4242424242424242", "4000000000000341"]
}

fn step(world: &mut World, random: &mut Ids, prices: &[String], id: &str, customer: &str) {
    let path = format!("subscriptions/{id}");
    let price = &prices[random.below(prices.len())];
    let item = super::world::text(&world.subscription(id)["items"]["data"][0]["id"]);
    let behavior = ["always_invoice", "create_prorations", "none"][random.below(3)];
    let payment = [
        "allow_incomplete",
        "pending_if_incomplete",
        "error_if_incomplete",
    ][random.below(3)];
    let change = format!(
        "items[0][id]={item}&items[0][price]={price}&proration_behavior={behavior}&payment_behavior={payment}"
    );
    // Some of these are refused, depending on what came before.
    match random.below(11) {
        0 => drop(world.try_post(&path, &change)),
        1 => drop(world.try_post(&path, "cancel_at_period_end=true")),
        2 => drop(world.try_post(&path, "cancel_at_period_end=false")),
        3 => drop(world.try_post(&format!("{path}/pause"), "")),
        4 => drop(world.try_post(&format!("{path}/resume"), "")),
        5 => world.change_card(customer, cards()[random.below(2)]),
        6 => drop(world.try_post(&path, "pause_collection[behavior]=void")),
        7 => drop(world.try_post(&path, "pause_collection=")),
        8 => {
            if let Ok(made) =
                world.try_post("subscription_schedules", &format!("from_subscription={id}"))
            {
                let phase = &made["phases"][0];
                let schedule = super::world::text(&made["id"]);
                let current = super::world::text(&phase["items"][0]["price"]);
                let form = format!(
                    "phases[0][start_date]={}&phases[0][end_date]={}&phases[0][items][0][price]={current}&phases[1][items][0][price]={price}",
                    phase["start_date"], phase["end_date"]
                );
                drop(world.try_post(&format!("subscription_schedules/{schedule}"), &form));
            }
        }
        _ => {
            let days = i64::try_from(random.below(40)).unwrap();
            world.advance(days * 86_400 + 7);
        }
    }
}

fn newest_events(world: &World) -> BTreeMap<String, Value> {
    let mut newest = BTreeMap::new();
    for event in world.state.events.newest_first().rev() {
        let object = event.to_json(&world.state)["data"]["object"].clone();
        newest.insert(super::world::text(&object["id"]), object);
    }
    newest
}

fn check(world: &World, seed: u64) {
    let newest = newest_events(world);
    let mut billed = BTreeSet::new();
    for subscription in Subscription::table(&world.state).newest_first() {
        let shown = subscription.to_json(&world.state);
        assert_eq!(newest[&subscription.id], shown, "seed {seed}");
    }
    for invoice in Invoice::table(&world.state).newest_first() {
        let paid = invoice
            .payment_intent
            .as_ref()
            .and_then(|intent| successful_charge(&world.state, intent))
            .filter(|charge| charge.decline.is_none());
        let taken = paid.map_or(0, |charge| charge.amount);
        let due = if invoice.status == InvoiceStatus::Paid {
            invoice.amount_due
        } else {
            0
        };
        assert_eq!(taken, due, "seed {seed}: {}", invoice.id);
        for line in invoice.lines.iter().filter(|line| !line.proration) {
            let once = (line.subscription.clone(), line.start, line.end);
            // What gives unused time back can bill it anew.
            let gives_back = invoice.lines.iter().any(|line| line.amount < 0);
            let counts = !gives_back && invoice.billing_reason == "subscription_cycle";
            assert!(
                !counts || billed.insert(once),
                "seed {seed}: a period is billed twice"
            );
        }
    }
}

#[test]
fn random_lives_stay_true() {
    for seed in 0..LIVES {
        let mut random = Ids::new(seed);
        let mut world = World::at("2027-01-31T12:00:00Z");
        let prices = [
            world.price(1_000, "month"),
            world.price(2_500, "month"),
            world.price(9_000, "year"),
        ];
        let trial = ["", "&trial_period_days=10"][random.below(2)];
        let begun = world.subscribe(&prices[0], trial);
        let (id, customer) = (
            super::world::text(&begun["id"]),
            super::world::text(&begun["customer"]),
        );
        for _ in 0..STEPS {
            step(&mut world, &mut random, &prices, &id, &customer);
            check(&world, seed);
        }
    }
}
