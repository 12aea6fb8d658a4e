//! What Stripe said and what of it is done: its customers, objects, events, checkouts, payments.

use tollgate_core::Timestamp;
use tollgate_core::billing::{Billed, Dispute, Purchased};
use tollgate_core::id::CustomerId;
use tollgate_core::money::{Currency, Money};
use tollgate_core::period::Period;
use tollgate_core::plan::BillingInterval;
use tollgate_core::subscription::{BilledAs, Status};
use tollgate_store::Transaction;
use tollgate_store::cancellation::{self, Cancellation};
use tollgate_store::checkout::{self, Checkout, CheckoutKind};
use tollgate_store::id::{CancellationId, CheckoutId, PaymentId};
use tollgate_store::payment::{self, Payment, PaymentStatus};
use tollgate_store::stripe_customer::{self, StripeCustomer};
use tollgate_store::stripe_event::{self, EventSource, EventState, Filter, Outcome, StripeEvent};
use tollgate_store::stripe_id::{self, Owner};
use tollgate_store::testing::TestDatabase;

super::contract! {
    payments_are_kept,
    an_object_has_one_owner_for_ever,
    a_customer_is_written_only_as_it_was_read,
    customers_are_listed_page_by_page,
    one_checkout_of_each_kind_is_open,
    an_event_is_kept_once_and_tried_until_it_is_over,
    events_are_listed_replayed_and_forgotten,
    cancellations_are_kept_and_undone,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

async fn begin(database: &TestDatabase) -> Transaction {
    database.open().await.unwrap().begin().await.unwrap()
}

fn billed() -> Billed {
    Billed {
        billed_as: BilledAs {
            customer: "cus_1".to_owned(),
            subscription: "sub_1".to_owned(),
            price: "price_1".to_owned(),
        },
        plan: "pro".parse().unwrap(),
        plan_version: 2,
        price: "monthly".parse().unwrap(),
        interval: BillingInterval::Month,
        status: Status::PastDue,
        started_at: at(0),
        anchor: at(1),
        period: Period {
            start: at(1),
            end: at(100),
        },
        cancel_at: Some(at(100)),
        ended_at: None,
        pending: None,
        grace_until: Some(at(50)),
    }
}

async fn payments_are_kept(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let payment = |number: i64| Payment {
        id: PaymentId::new(at(number), 1),
        customer: customer("user_1"),
        topup: "extra".parse().unwrap(),
        meter: "operations".parse().unwrap(),
        amount: Money {
            minor: 1_000,
            currency: Currency::USD,
        },
        quantity: 100,
        description: "100 operations".to_owned(),
        status: PaymentStatus::Pending,
        stripe_session: None,
        stripe_payment_intent: None,
        expires_at: None,
        purchased: None,
        owed: 0,
        refunded: 0,
        dispute: Dispute::None,
        created_at: at(number),
        updated_at: at(number),
    };
    for number in [0, 1, 2, 0] {
        payment::insert(&mut transaction, &payment(number))
            .await
            .expect("the same payment again changes nothing");
    }
    let owner = customer("user_1");
    let newest = payment::list(&mut transaction, &owner, None, 2).await;
    assert_eq!(newest.unwrap(), [payment(2), payment(1)]);
    let paid = Payment {
        status: PaymentStatus::Succeeded,
        stripe_session: Some("cs_1".to_owned()),
        stripe_payment_intent: Some("pi_1".to_owned()),
        expires_at: Some(at(9)),
        purchased: Some(Purchased {
            grant: 3,
            revoked: 40,
        }),
        owed: 7,
        refunded: 470,
        dispute: Dispute::Open,
        updated_at: at(5),
        ..payment(0)
    };
    assert!(payment::update(&mut transaction, &paid).await.unwrap());
    let found = payment::find(&mut transaction, &owner, paid.id).await;
    assert_eq!(found.unwrap(), Some(paid.clone()));
    let before = Some(payment(1).id);
    let rest = payment::list(&mut transaction, &owner, before, 2).await;
    assert_eq!(rest.unwrap(), std::slice::from_ref(&paid));
    let stranger = Payment {
        customer: customer("user_2"),
        ..paid
    };
    assert!(!payment::update(&mut transaction, &stranger).await.unwrap());
    let none = payment::list(&mut transaction, &stranger.customer, None, 2).await;
    assert_eq!(none.unwrap(), []);
}

async fn an_object_has_one_owner_for_ever(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let owner = Owner {
        customer: customer("user_1"),
        payment: Some(PaymentId::new(at(0), 1)),
    };
    stripe_id::add(&mut transaction, "pi_1", &owner)
        .await
        .unwrap();
    let other = Owner {
        customer: customer("user_2"),
        payment: None,
    };
    stripe_id::add(&mut transaction, "pi_1", &other)
        .await
        .unwrap();
    let found = stripe_id::find(&mut transaction, "pi_1").await.unwrap();
    assert_eq!(found, Some(owner));
    let found = stripe_id::find(&mut transaction, "pi_2").await.unwrap();
    assert_eq!(found, None);
}

async fn a_customer_is_written_only_as_it_was_read(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let owner = customer("user_1");
    let read = stripe_customer::find_or_add(&mut transaction, &owner, at(0)).await;
    let read = read.unwrap();
    assert_eq!((read.generation, read.version), (1, 1));
    let next = StripeCustomer {
        stripe_customer: Some("cus_1".to_owned()),
        had_trial: true,
        status: Some("past_due".to_owned()),
        billed: Some(billed()),
        ..read.clone()
    };
    assert!(
        stripe_customer::update(&mut transaction, &next, at(1))
            .await
            .unwrap()
    );
    // What was read before that is out of date.
    assert!(
        !stripe_customer::update(&mut transaction, &read, at(2))
            .await
            .unwrap()
    );
    let found = stripe_customer::find(&mut transaction, &owner)
        .await
        .unwrap();
    let expected = StripeCustomer {
        version: 2,
        updated_at: at(1),
        ..next
    };
    assert_eq!(found, Some(expected));
    let again = stripe_customer::find_or_add(&mut transaction, &owner, at(3)).await;
    assert_eq!(again.unwrap().version, 2);
}

async fn customers_are_listed_page_by_page(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let mut names: Vec<CustomerId> = (0..7).map(|n| customer(&format!("user_{n}"))).collect();
    for (number, name) in names.iter().enumerate() {
        let row = stripe_customer::find_or_add(&mut transaction, name, at(0)).await;
        // One of them never got as far as Stripe.
        let known = StripeCustomer {
            stripe_customer: (number > 0).then(|| format!("cus_{number}")),
            ..row.unwrap()
        };
        stripe_customer::update(&mut transaction, &known, at(1))
            .await
            .unwrap();
    }
    names.remove(0);
    names.sort_by_key(|name| (name.bucket(), name.clone()));
    let mut listed: Vec<CustomerId> = Vec::new();
    loop {
        let page = stripe_customer::list(&mut transaction, listed.last(), 2)
            .await
            .unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|row| row.customer));
    }
    assert_eq!(listed, names);
}

async fn one_checkout_of_each_kind_is_open(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let checkout = |number: u128, kind| Checkout {
        id: CheckoutId::new(at(0), number),
        customer: customer("user_1"),
        kind,
        request: format!("{{\"number\":{number}}}"),
        payment: None,
        session: None,
        url: None,
        created_at: at(0),
        expires_at: None,
    };
    let first = checkout(1, CheckoutKind::Subscription);
    let begun = checkout::find_or_add(&mut transaction, &first)
        .await
        .unwrap();
    assert_eq!(begun, first);
    let second = checkout(2, CheckoutKind::Subscription);
    let begun = checkout::find_or_add(&mut transaction, &second)
        .await
        .unwrap();
    assert_eq!(begun, first, "the first one stays");
    let units = checkout(3, CheckoutKind::TopUp);
    let begun = checkout::find_or_add(&mut transaction, &units)
        .await
        .unwrap();
    assert_eq!(begun, units);
    let opened = Checkout {
        session: Some("cs_1".to_owned()),
        url: Some("https://pay".to_owned()),
        expires_at: Some(at(9)),
        ..first.clone()
    };
    assert!(checkout::opened(&mut transaction, &opened).await.unwrap());
    // Whoever is late with another one changes and closes nothing.
    assert!(!checkout::opened(&mut transaction, &second).await.unwrap());
    checkout::close(&mut transaction, &second).await.unwrap();
    let kind = CheckoutKind::Subscription;
    let found = checkout::find(&mut transaction, &first.customer, kind).await;
    assert_eq!(found.unwrap(), Some(opened));
    checkout::close(&mut transaction, &first).await.unwrap();
    let found = checkout::find(&mut transaction, &first.customer, kind).await;
    assert_eq!(found.unwrap(), None);
}

fn event(number: i64, state: EventState) -> StripeEvent {
    StripeEvent {
        id: format!("evt_{number}"),
        kind: "invoice.paid".to_owned(),
        object: Some("in_1".to_owned()),
        stripe_customer: Some("cus_1".to_owned()),
        customer: None,
        created_at: at(number),
        received_at: at(number),
        source: EventSource::Webhook,
        payload: "{}".to_owned(),
        state,
        attempts: 0,
        due_at: at(number),
        finished_at: None,
        note: String::new(),
    }
}

async fn an_event_is_kept_once_and_tried_until_it_is_over(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    for (number, state) in [
        (1, EventState::Waiting),
        (2, EventState::Waiting),
        (3, EventState::Ignored),
    ] {
        let event = event(number, state);
        assert!(stripe_event::add(&mut transaction, &event).await.unwrap());
        assert!(!stripe_event::add(&mut transaction, &event).await.unwrap());
    }
    let due = stripe_event::due(&mut transaction, at(1), 9).await.unwrap();
    assert_eq!(due, [event(1, EventState::Waiting)]);
    let owner = customer("user_1");
    let outcome = |state, due_at, note| Outcome {
        state,
        customer: Some(&owner),
        due_at,
        now: at(5),
        note,
    };
    let parked = outcome(EventState::Parked, at(50), "nobody knows it");
    assert!(
        stripe_event::finish(&mut transaction, "evt_1", &parked)
            .await
            .unwrap()
    );
    let due = stripe_event::due(&mut transaction, at(49), 9)
        .await
        .unwrap();
    assert_eq!(due.len(), 1, "only the other one");
    let due = stripe_event::due(&mut transaction, at(50), 9)
        .await
        .unwrap();
    assert_eq!(
        (due.len(), due[1].attempts, due[1].note.as_str()),
        (2, 1, "nobody knows it")
    );
    let done = outcome(EventState::Done, at(50), "");
    assert!(
        stripe_event::finish(&mut transaction, "evt_1", &done)
            .await
            .unwrap()
    );
    let late = outcome(EventState::Waiting, at(99), "it failed");
    assert!(
        !stripe_event::finish(&mut transaction, "evt_1", &late)
            .await
            .unwrap()
    );
    let found = stripe_event::find(&mut transaction, "evt_1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.state, found.finished_at),
        (EventState::Done, Some(at(5)))
    );
}

async fn events_are_listed_replayed_and_forgotten(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    for (number, state) in [
        (1, EventState::Waiting),
        (2, EventState::Waiting),
        (3, EventState::Ignored),
    ] {
        let event = event(number, state);
        assert!(stripe_event::add(&mut transaction, &event).await.unwrap());
    }
    let owner = customer("user_1");
    let done = Outcome {
        state: EventState::Done,
        customer: Some(&owner),
        due_at: at(5),
        now: at(5),
        note: "",
    };
    assert!(
        stripe_event::finish(&mut transaction, "evt_1", &done)
            .await
            .unwrap()
    );
    let found = stripe_event::find(&mut transaction, "evt_1")
        .await
        .unwrap()
        .unwrap();
    let backlog = stripe_event::backlog(&mut transaction).await.unwrap();
    assert_eq!(
        (backlog.len(), backlog[0].events, backlog[0].oldest),
        (1, 1, at(2))
    );
    let of_owner = Filter {
        customer: Some(&owner),
        ..Filter::default()
    };
    let listed = stripe_event::list(&mut transaction, &of_owner, 9)
        .await
        .unwrap();
    assert_eq!(listed, std::slice::from_ref(&found));
    let all = stripe_event::list(&mut transaction, &Filter::default(), 9)
        .await
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["evt_3", "evt_2", "evt_1"]);
    let rest = Filter {
        before: Some(&all[1]),
        ..Filter::default()
    };
    let rest = stripe_event::list(&mut transaction, &rest, 9)
        .await
        .unwrap();
    assert_eq!(rest, [found]);

    assert!(
        stripe_event::replay(&mut transaction, "evt_1", at(60))
            .await
            .unwrap()
    );
    assert!(
        !stripe_event::replay(&mut transaction, "evt_9", at(60))
            .await
            .unwrap()
    );
    let due = stripe_event::due(&mut transaction, at(60), 9)
        .await
        .unwrap();
    assert_eq!(due.len(), 2);
    let pruned = stripe_event::prune(&mut transaction, at(100))
        .await
        .unwrap();
    assert_eq!(pruned, 1, "what is not over stays");
}

async fn cancellations_are_kept_and_undone(database: TestDatabase) {
    let mut transaction = begin(&database).await;
    let cancellation = |number: i64| Cancellation {
        id: CancellationId::new(at(number), 1),
        customer: customer("user_1"),
        plan: "pro".parse().unwrap(),
        feedback: Some("too_expensive".to_owned()),
        comment: Some("Übertrieben".to_owned()),
        ends_at: at(number + 100),
        undone_at: None,
        created_at: at(number),
    };
    cancellation::insert(&mut transaction, &cancellation(0))
        .await
        .unwrap();
    let owner = customer("user_1");
    cancellation::undo(&mut transaction, &owner, at(5))
        .await
        .unwrap();
    cancellation::insert(&mut transaction, &cancellation(10))
        .await
        .unwrap();
    // It has ended: nobody undoes that.
    cancellation::undo(&mut transaction, &owner, at(200))
        .await
        .unwrap();
    let listed = cancellation::list(&mut transaction, &owner, 9)
        .await
        .unwrap();
    let undone = Cancellation {
        undone_at: Some(at(5)),
        ..cancellation(0)
    };
    assert_eq!(listed, [cancellation(10), undone]);
}
