//! Lives of subscriptions and payments, played on the pure core.

use super::checkout_payment::Next;
use super::world::{World, period, seconds, text};
use crate::config::DunningEnd;

const VISA: &str = "4242424242424242";
const KEEPS_THEN_FAILS: &str = "4000000000000341";

#[test]
fn renewals_keep_the_anchors_day() {
    let mut world = World::at("2027-01-31T10:00:00Z");
    let price = world.price(1_000, "month");
    let id = text(&world.subscribe(&price, "")["id"]);
    for (until, starts, ends) in [
        ("2027-02-28T10:00:00Z", "2027-02-28", "2027-03-31"),
        ("2027-03-31T10:00:00Z", "2027-03-31", "2027-04-30"),
        ("2028-02-29T10:00:00Z", "2028-02-29", "2028-03-31"),
    ] {
        world.advance_to(until);
        let subscription = world.subscription(&id);
        assert_eq!(period(&subscription), (starts.to_owned(), ends.to_owned()));
        assert_eq!(subscription["status"], "active");
    }
    let invoices = world.get("invoices", &format!("subscription={id}&limit=100"));
    assert_eq!(invoices["data"].as_array().unwrap().len(), 14);
}

#[test]
fn a_leap_day_year_ends_in_february() {
    let mut world = World::at("2028-02-29T00:00:00Z");
    let price = world.price(10_000, "year");
    let id = text(&world.subscribe(&price, "")["id"]);
    assert_eq!(period(&world.subscription(&id)).1, "2029-02-28");
    world.advance_to("2032-02-29T00:00:00Z");
    assert_eq!(period(&world.subscription(&id)).0, "2032-02-29");
}

#[test]
fn a_renewal_tells_what_it_was_before() {
    let mut world = World::at("2027-01-15T00:00:00Z");
    let price = world.price(1_000, "month");
    world.subscribe(&price, "");
    world.events();
    world.advance_to("2027-02-15T00:00:00Z");
    assert_eq!(
        world.events(),
        [
            "customer.subscription.updated",
            "invoice.created",
            "invoice.finalized",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "invoice.paid",
            "invoice.payment_succeeded",
            "invoice_payment.paid",
        ]
    );
    let event = world.event("customer.subscription.updated");
    let before = &event["data"]["previous_attributes"]["items"]["data"][0];
    assert_eq!(
        before["current_period_start"],
        seconds("2027-01-15T00:00:00Z")
    );
    assert_eq!(event["created"], seconds("2027-02-15T00:00:00Z"));
    assert_eq!(event["api_version"], crate::API_VERSION);
}

#[test]
fn a_trial_warns_and_then_costs() {
    let mut world = World::at("2027-01-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let begun = world.subscribe(&price, "&trial_period_days=14");
    let id = text(&begun["id"]);
    assert_eq!(begun["status"], "trialing");
    assert_eq!(world.subscription(&id)["latest_invoice"]["amount_due"], 0);
    world.advance_to("2027-01-11T23:00:00Z");
    assert!(
        !world
            .events()
            .contains(&"customer.subscription.trial_will_end")
    );
    world.advance_to("2027-01-12T00:00:00Z");
    assert_eq!(world.events(), ["customer.subscription.trial_will_end"]);
    world.advance_to("2027-01-15T00:00:00Z");
    let subscription = world.subscription(&id);
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["latest_invoice"]["amount_paid"], 1_000);
    assert_eq!(period(&subscription).1, "2027-02-15");
}

#[test]
fn a_trial_without_a_card_ends_as_it_says() {
    for (wish, status, event) in [
        ("cancel", "canceled", "customer.subscription.deleted"),
        ("pause", "paused", "customer.subscription.paused"),
        ("create_invoice", "past_due", "invoice.payment_failed"),
    ] {
        let mut world = World::at("2027-01-01T00:00:00Z");
        let price = world.price(1_000, "month");
        let customer = text(&world.post("customers", "")["id"]);
        let form = format!(
            "customer={customer}&items[0][price]={price}&trial_period_days=7&trial_settings[end_behavior][missing_payment_method]={wish}"
        );
        let id = text(&world.post("subscriptions", &form)["id"]);
        world.advance_to("2027-01-08T00:00:00Z");
        assert_eq!(world.subscription(&id)["status"], status, "{wish}");
        assert!(world.events().contains(&event), "{wish}");
    }
}

#[test]
fn failed_payments_are_tried_again_and_then_end_it() {
    for (end, status) in [
        (DunningEnd::Cancel, "canceled"),
        (DunningEnd::Unpaid, "unpaid"),
        (DunningEnd::PastDue, "past_due"),
    ] {
        let mut world = World::at("2027-01-01T00:00:00Z");
        world.state.dunning.end = end;
        let price = world.price(1_000, "month");
        let begun = world.subscribe(&price, "");
        let id = text(&begun["id"]);
        world.change_card(&text(&begun["customer"]), KEEPS_THEN_FAILS);
        world.advance_to("2027-02-01T00:00:00Z");
        let subscription = world.subscription(&id);
        assert_eq!(subscription["status"], "past_due");
        let next = &subscription["latest_invoice"]["next_payment_attempt"];
        assert_eq!(*next, seconds("2027-02-04T00:00:00Z"));
        world.advance_to("2027-02-15T23:00:00Z");
        assert_eq!(world.subscription(&id)["status"], "past_due");
        world.advance_to("2027-02-16T00:00:00Z");
        let subscription = world.subscription(&id);
        assert_eq!(subscription["status"], status);
        assert_eq!(subscription["latest_invoice"]["attempt_count"], 4);
        assert_eq!(subscription["latest_invoice"]["status"], "open");
    }
}

#[test]
fn a_better_card_ends_the_arrears() {
    let mut world = World::at("2027-01-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let begun = world.subscribe(&price, "");
    let id = text(&begun["id"]);
    let customer = text(&begun["customer"]);
    world.change_card(&customer, KEEPS_THEN_FAILS);
    world.advance_to("2027-02-01T00:00:00Z");
    let invoice = text(&world.subscription(&id)["latest_invoice"]["id"]);
    let refused = world.refused(&format!("invoices/{invoice}/pay"), "");
    assert_eq!(refused.status, 402);
    world.change_card(&customer, VISA);
    world.advance_to("2027-02-04T00:00:00Z");
    let subscription = world.subscription(&id);
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["latest_invoice"]["status"], "paid");
    assert!(world.events().contains(&"invoice.paid"));
}

#[test]
fn an_upgrade_charges_the_difference_at_once() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let (small, large) = (world.price(1_000, "month"), world.price(3_000, "month"));
    let begun = world.subscribe(&small, "");
    let (id, item) = (text(&begun["id"]), text(&begun["items"]["data"][0]["id"]));
    world.advance_to("2027-04-16T00:00:00Z");
    let change =
        format!("items[0][id]={item}&items[0][price]={large}&proration_behavior=always_invoice");
    let preview = change.replace("items", "subscription_details[items]");
    let preview = preview.replace(
        "proration_behavior",
        "subscription_details[proration_behavior]",
    );
    let preview = world.post(
        "invoices/create_preview",
        &format!("subscription={id}&{preview}"),
    );
    assert_eq!(preview["total"], 1_000);
    world.events();
    let form = format!("{change}&payment_behavior=pending_if_incomplete");
    let changed = world.post(&format!("subscriptions/{id}"), &form);
    assert_eq!(changed["items"]["data"][0]["price"]["id"], large.as_str());
    assert_eq!(
        period(&changed),
        ("2027-04-01".to_owned(), "2027-05-01".to_owned())
    );
    let subscription = world.subscription(&id);
    assert_eq!(subscription["latest_invoice"]["amount_paid"], 1_000);
    assert_eq!(
        subscription["latest_invoice"]["billing_reason"],
        "subscription_update"
    );
    let event = world.event("customer.subscription.updated");
    let before = &event["data"]["previous_attributes"]["items"]["data"][0]["price"]["id"];
    assert_eq!(*before, small.as_str());
}

#[test]
fn an_upgrade_that_is_not_paid_waits_and_lapses() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let (small, large) = (world.price(1_000, "month"), world.price(3_000, "month"));
    let begun = world.subscribe(&small, "");
    let (id, item) = (text(&begun["id"]), text(&begun["items"]["data"][0]["id"]));
    world.change_card(&text(&begun["customer"]), KEEPS_THEN_FAILS);
    let form = format!(
        "items[0][id]={item}&items[0][price]={large}&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete"
    );
    let changed = world.post(&format!("subscriptions/{id}"), &form);
    assert_eq!(changed["items"]["data"][0]["price"]["id"], small.as_str());
    assert_eq!(changed["status"], "active");
    assert_eq!(
        changed["pending_update"]["subscription_items"][0]["price"]["id"],
        large.as_str()
    );
    let strict = form.replace("pending_if_incomplete", "error_if_incomplete");
    assert_eq!(
        world
            .refused(&format!("subscriptions/{id}"), &strict)
            .status,
        402
    );
    let mut other = World::at("2027-04-01T00:00:00Z");
    other.state = world.state.clone();
    // Paid in time, the change holds.
    let invoice = text(&changed["latest_invoice"]);
    world.change_card(&text(&begun["customer"]), VISA);
    world.post(&format!("invoices/{invoice}/pay"), "");
    let applied = world.subscription(&id);
    assert_eq!(applied["items"]["data"][0]["price"]["id"], large.as_str());
    assert!(applied["pending_update"].is_null());
    // Else it lapses, and its invoice is void.
    other.advance_to("2027-04-02T00:00:00Z");
    let lapsed = other.subscription(&id);
    assert_eq!(lapsed["items"]["data"][0]["price"]["id"], small.as_str());
    assert!(lapsed["pending_update"].is_null());
    assert_eq!(lapsed["latest_invoice"]["status"], "void");
}

#[test]
fn a_year_in_place_of_a_month_begins_now() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let (month, year) = (world.price(1_000, "month"), world.price(10_000, "year"));
    let begun = world.subscribe(&month, "");
    let (id, item) = (text(&begun["id"]), text(&begun["items"]["data"][0]["id"]));
    world.advance_to("2027-04-16T00:00:00Z");
    let form = format!("items[0][id]={item}&items[0][price]={year}");
    let changed = world.post(&format!("subscriptions/{id}"), &form);
    assert_eq!(
        period(&changed),
        ("2027-04-16".to_owned(), "2028-04-16".to_owned())
    );
    assert_eq!(
        world.subscription(&id)["latest_invoice"]["amount_paid"],
        9_500
    );
}

#[test]
fn a_downgrade_gives_credit_for_later_invoices() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let (small, large) = (world.price(1_000, "month"), world.price(3_000, "month"));
    let begun = world.subscribe(&large, "");
    let (id, item) = (text(&begun["id"]), text(&begun["items"]["data"][0]["id"]));
    let form =
        format!("items[0][id]={item}&items[0][price]={small}&proration_behavior=always_invoice");
    world.post(&format!("subscriptions/{id}"), &form);
    let customer = text(&begun["customer"]);
    assert_eq!(
        world.get(&format!("customers/{customer}"), "")["balance"],
        -2_000
    );
    world.advance_to("2027-05-01T00:00:00Z");
    assert_eq!(world.subscription(&id)["latest_invoice"]["amount_due"], 0);
    assert_eq!(
        world.get(&format!("customers/{customer}"), "")["balance"],
        -1_000
    );
}

#[test]
fn a_cancellation_can_wait_and_be_taken_back() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let id = text(&world.subscribe(&price, "")["id"]);
    let path = format!("subscriptions/{id}");
    let form = "cancel_at_period_end=true&cancellation_details[feedback]=unused";
    assert_eq!(
        world.post(&path, form)["cancel_at"],
        seconds("2027-05-01T00:00:00Z")
    );
    let kept = world.post(&path, "cancel_at_period_end=false");
    assert!(kept["cancel_at"].is_null() && kept["canceled_at"].is_null());
    world.advance_to("2027-05-01T00:00:00Z");
    assert_eq!(world.subscription(&id)["status"], "active");
    world.post(&path, form);
    world.advance_to("2027-06-01T00:00:00Z");
    let ended = world.subscription(&id);
    assert_eq!(ended["status"], "canceled");
    assert_eq!(ended["cancellation_details"]["feedback"], "unused");
    assert_eq!(
        world.get("invoices", &format!("subscription={id}"))["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let error = world.refused(&path, "cancel_at_period_end=true");
    assert!(error.message().contains("canceled subscription"));
}

#[test]
fn an_incomplete_subscription_expires() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let begun = world.subscribe(&price, "&payment_behavior=default_incomplete");
    let id = text(&begun["id"]);
    assert_eq!(begun["status"], "incomplete");
    world.advance_to("2027-04-01T23:00:00Z");
    let subscription = world.subscription(&id);
    assert_eq!(subscription["status"], "incomplete_expired");
    assert_eq!(subscription["latest_invoice"]["status"], "void");
}

#[test]
fn a_pause_and_what_comes_after() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let id = text(&world.subscribe(&price, "")["id"]);
    let paused = world.post(&format!("subscriptions/{id}/pause"), "");
    assert_eq!(paused["status"], "paused");
    assert_eq!(paused["status_details"]["paused"]["type"], "subscription");
    world.advance_to("2027-07-01T00:00:00Z");
    assert_eq!(world.subscription(&id)["status"], "paused");
    world.events();
    let resumed = world.post(&format!("subscriptions/{id}/resume"), "");
    assert_eq!(resumed["status"], "active");
    assert_eq!(period(&resumed).0, "2027-07-01");
    assert!(world.events().contains(&"customer.subscription.resumed"));
}

#[test]
fn a_coupon_for_one_invoice_counts_once() {
    for (duration, second) in [
        ("once", 1_000),
        ("forever", 750),
        ("repeating&duration_in_months=1", 1_000),
    ] {
        let mut world = World::at("2027-04-01T00:00:00Z");
        let price = world.price(1_000, "month");
        world.post(
            "coupons",
            &format!("id=QUARTER&percent_off=25&duration={duration}"),
        );
        let begun = world.subscribe(&price, "&discounts[0][coupon]=QUARTER");
        let id = text(&begun["id"]);
        assert_eq!(
            world.subscription(&id)["latest_invoice"]["amount_paid"],
            750
        );
        world.advance_to("2027-05-01T00:00:00Z");
        assert_eq!(
            world.subscription(&id)["latest_invoice"]["amount_paid"],
            second,
            "{duration}"
        );
    }
}

fn session(world: &mut World, kind: &str, price: &str, more: &str) -> String {
    let form = format!(
        "mode={kind}&line_items[0][price]={price}&line_items[0][quantity]=1&success_url=https://a.example/{{CHECKOUT_SESSION_ID}}{more}"
    );
    text(&world.post("checkout/sessions", &form)["id"])
}

#[test]
fn a_stranger_pays_with_a_promotion_code() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    world.post("coupons", "id=HALF&percent_off=50");
    world.post(
        "promotion_codes",
        "promotion[type]=coupon&promotion[coupon]=HALF&code=SPRING",
    );
    let id = session(
        &mut world,
        "subscription",
        &price,
        "&allow_promotion_codes=true",
    );
    assert!(world.pay_with(&id, VISA, "AUTUMN").is_err());
    let next = world.pay_with(&id, VISA, "spring").unwrap();
    assert_eq!(next, Next::Return(format!("https://a.example/{id}")));
    let paid = world.get(&format!("checkout/sessions/{id}"), "expand[]=customer");
    assert_eq!(paid["amount_total"], 500);
    assert_eq!(paid["customer"]["email"], "a@b.example");
    assert_eq!(paid["customer_details"]["email"], "a@b.example");
    assert!(world.pay(&id, VISA).is_err(), "paid once only");
    let events = world.events();
    assert_eq!(events.last(), Some(&"checkout.session.completed"));
    assert_eq!(
        events
            .iter()
            .filter(|kind| **kind == "customer.subscription.created")
            .count(),
        1
    );
}

#[test]
fn the_bank_asks_and_is_answered() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "");
    let id = session(&mut world, "payment", &price, "");
    assert_eq!(world.pay(&id, "4000002500003155").unwrap(), Next::Confirm);
    assert_eq!(world.confirm(&id, false).unwrap_err().status, 402);
    assert_eq!(world.pay(&id, "4000002500003155").unwrap(), Next::Confirm);
    world.confirm(&id, true).unwrap();
    let events = world.events();
    let count = |name: &str| events.iter().filter(|kind| **kind == name).count();
    assert_eq!(count("payment_intent.created"), 1);
    assert_eq!(count("payment_intent.requires_action"), 2);
    assert_eq!(count("payment_intent.succeeded"), 1);
}

#[test]
fn a_session_expires_after_a_day() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "");
    let id = session(&mut world, "payment", &price, "");
    world.advance_to("2027-04-02T00:00:00Z");
    let expired = world.get(&format!("checkout/sessions/{id}"), "");
    assert_eq!(expired["status"], "expired");
    assert!(expired["url"].is_null());
    assert!(world.events().contains(&"checkout.session.expired"));
    assert!(world.pay(&id, VISA).is_err());
}

#[test]
fn sessions_are_refused_with_the_reason() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let (once, month, tiny) = (
        world.price(1_000, ""),
        world.price(1_000, "month"),
        world.price(10, ""),
    );
    let form = |mode: &str, price: &str| {
        format!(
            "mode={mode}&success_url=https://a.example/&line_items[0][quantity]=1&line_items[0][price]={price}"
        )
    };
    for (form, words) in [
        (form("payment", &month), "recurring"),
        (form("subscription", &once), "recurring"),
        (form("payment", &tiny), "$0.50"),
        (form("payment", "price_none"), "No such price"),
        (
            form("payment", &once).replace("https", "javascript"),
            "valid URL",
        ),
        (
            format!("{}&customer=cus_none", form("payment", &once)),
            "No such customer",
        ),
        (
            format!("{}&extra=1", form("payment", &once)),
            "unknown parameter",
        ),
    ] {
        let error = world.refused("checkout/sessions", &form);
        assert!(
            error.message().contains(words),
            "{form}: {}",
            error.message()
        );
        assert_eq!(error.status, 400);
    }
}

#[test]
fn refunds_never_exceed_the_charge_and_can_fail() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "");
    let id = session(&mut world, "payment", &price, "&customer_creation=always");
    world.pay(&id, VISA).unwrap();
    let intent = text(&world.get(&format!("checkout/sessions/{id}"), "")["payment_intent"]);
    world.post("refunds", &format!("payment_intent={intent}&amount=300"));
    let error = world.refused("refunds", &format!("payment_intent={intent}&amount=701"));
    assert!(error.message().contains("unrefunded"));
    world.post("refunds", &format!("payment_intent={intent}"));
    assert_eq!(
        world.event("charge.refunded")["data"]["object"]["refunded"],
        true
    );
    let error = world.refused("refunds", &format!("payment_intent={intent}"));
    assert!(error.message().contains("already been refunded"));
}

#[test]
fn a_deleted_customer_has_no_subscription_left() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    let begun = world.subscribe(&price, "");
    let (id, customer) = (text(&begun["id"]), text(&begun["customer"]));
    world.delete(&format!("customers/{customer}"), "");
    assert_eq!(world.subscription(&id)["status"], "canceled");
    assert_eq!(
        world.get(&format!("customers/{customer}"), "")["deleted"],
        true
    );
    world.refused("billing_portal/sessions", &format!("customer={customer}"));
}

#[test]
fn a_bank_says_later_whether_it_pays() {
    for (succeeds, event, status) in [
        (true, "checkout.session.async_payment_succeeded", "paid"),
        (false, "checkout.session.async_payment_failed", "unpaid"),
    ] {
        let mut world = World::at("2027-04-01T00:00:00Z");
        let price = world.price(1_000, "");
        let id = session(&mut world, "payment", &price, "");
        world.events();
        assert_eq!(
            world.pay_later(&id).unwrap(),
            Next::Return(format!("https://a.example/{id}"))
        );
        assert_eq!(
            world.events(),
            [
                "payment_intent.created",
                "payment_intent.processing",
                "checkout.session.completed"
            ]
        );
        let path = format!("checkout/sessions/{id}");
        assert_eq!(world.get(&path, "")["payment_status"], "unpaid");
        let settled = world.settle_later(&id, succeeds).unwrap();
        assert_eq!(settled["payment_status"], status);
        assert_eq!(world.events().last(), Some(&event));
        assert!(world.settle_later(&id, succeeds).is_err());
    }
}

#[test]
fn no_card_number_is_kept() {
    let mut world = World::at("2027-04-01T00:00:00Z");
    let price = world.price(1_000, "month");
    for number in [VISA, "4000000000000002", "4000002500003155"] {
        let id = session(&mut world, "subscription", &price, "");
        let _ = world.pay(&id, number);
        let customer = text(&world.subscribe(&price, "")["customer"]);
        world.change_card(&customer, VISA);
        let everything = format!("{:?}", world.state);
        assert!(!everything.contains(number));
        assert!(
            everything.contains(&number[12..]),
            "the last four digits are"
        );
    }
}
