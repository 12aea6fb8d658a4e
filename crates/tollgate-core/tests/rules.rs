//! The rules of accounting, each by name.

mod common;

use common::{Customer, at, consume, granted, member, reason, top_up, uses};
use tollgate_core::account::{ApplyError, CAP_COUNTERS_MAX, Direction, GRANTS_MAX, HOLDS_MAX};
use tollgate_core::decision::{Decision, Reason, Refusal, WayOut};
use tollgate_core::entry::{Body, Cause, Effect, Entry, Move};
use tollgate_core::grant::{Grant, GrantParts, Source};
use tollgate_core::id::{CustomerId, FeatureId, GrantId, IdempotencyKey, ReservationId, TopUpId};
use tollgate_core::period::TimeZone;
use tollgate_core::plan::{
    COUNTED_MAX, Cadence, CapScope, Limit, OnChange, Reset, Rollover, UNITS_MAX,
};
use tollgate_core::request::{
    ChangeTime, GrantUnits, Keyed, RequestError, Reserve, SetMemberCap, Settle, Subscribe, Uses,
};
use tollgate_core::reservation::OnExpiry;
use tollgate_core::testing::catalog::{
    CatalogBuilder, KEEP_ALL, PlanBuilder, billing, calendar, feature, limit, meter, plan_id, usd,
};
use tollgate_core::{Account, Catalog, Timestamp};

const MONTHLY: Reset = Reset::Every {
    cadence: Cadence::Month,
    anchor: tollgate_core::plan::Anchor::Calendar,
};

/// One meter with one feature, `scan`; a free plan of 10, `pro` of 100, `elite` without limit.
fn shop() -> Catalog {
    CatalogBuilder::new()
        .metered("scan")
        .plan(PlanBuilder::new("free").limited("scan", limit(10, MONTHLY)))
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .limited("scan", limit(100, MONTHLY)),
        )
        .plan(PlanBuilder::new("elite").monthly(4_999).unlimited("scan"))
        .top_up("scans", "scan", 10, (5, 1_000))
        .default_plan("free")
        .build()
}

/// One plan of so many units with this reset and rollover.
fn only(limit: Limit) -> Catalog {
    CatalogBuilder::new()
        .metered("scan")
        .plan(PlanBuilder::new("only").limited("scan", limit))
        .default_plan("only")
        .build()
}

fn rolling(units: u64, reset: Reset, rollover: Rollover) -> Catalog {
    only(Limit {
        rollover,
        ..limit(units, reset)
    })
}

fn rule_9_refusal() -> Refusal {
    Refusal {
        reason: Reason::QuotaExceeded,
        feature: Some(feature("scan")),
        meter: Some(meter("scan")),
        plan: Some(plan_id("free")),
        member: None,
        limit: 10,
        used: 8,
        remaining: 2,
        needed: 5,
        resets_at: Some(at("2026-02-01T00:00:00Z")),
        ways_out: vec![
            WayOut::Wait {
                until: at("2026-02-01T00:00:00Z"),
            },
            WayOut::Plan {
                plan: plan_id("pro"),
                limit: Some(100),
                price: Some(usd(999)),
            },
            WayOut::Plan {
                plan: plan_id("elite"),
                limit: None,
                price: Some(usd(4_999)),
            },
            WayOut::TopUp {
                top_up: TopUpId::new("scans").unwrap(),
                units: 5,
                price: usd(50),
            },
        ],
    }
}

// ---- DESIGN §2, rule by rule

#[test]
fn rule_1_amounts_are_integers_and_checked() {
    let scan = FeatureId::new("scan").unwrap();
    for amount in [0, UNITS_MAX + 1, u64::MAX] {
        let error = Uses::one(scan.clone(), amount).unwrap_err();
        assert_eq!(error, RequestError::Amount { least: 1, amount });
    }
    // A product beyond 64 bits is refused, not wrapped.
    let dear = CatalogBuilder::new()
        .meter("scan")
        .feature("scan", "scan", u64::MAX / 2)
        .plan(PlanBuilder::new("elite").unlimited("scan"))
        .default_plan("elite")
        .build();
    let mut customer = Customer::new(dear, "2026-01-10T00:00:00Z");
    let refusal = customer.refused(&[("scan", 3)]);
    assert_eq!(
        (refusal.reason, refusal.needed),
        (Reason::TooMany, u64::MAX)
    );
    // An unlimited meter counts up to its bound, and not beyond it.
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.subscribe("elite", None, ChangeTime::Now);
    let largest = consume(&[("scan", UNITS_MAX)]);
    for _ in 0..COUNTED_MAX / UNITS_MAX {
        granted(
            customer
                .account
                .consume(&customer.catalog, &largest, None, customer.now),
        );
    }
    assert_eq!(customer.refused(&[("scan", 1)]).reason, Reason::TooMany);
    assert_eq!(customer.figures("scan").1, COUNTED_MAX);
    let too_many = top_up("scan", UNITS_MAX + 1);
    assert_eq!(
        reason(customer.ask(|account, catalog, now| account.grant(catalog, &too_many, None, now))),
        Reason::TooMany
    );
}

#[test]
fn rule_2_soonest_expiry_then_priority_then_oldest_and_bought_units_last() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let ends = |days: &str, priority| GrantUnits {
        expires_at: Some(at(days)),
        priority,
        source: Source::Promotion,
        ..top_up("scan", 1)
    };
    let bought = customer.grant(&top_up("scan", 1)).number();
    let later = customer.grant(&ends("2026-03-01T00:00:00Z", 0)).number();
    let low = customer.grant(&ends("2026-01-20T00:00:00Z", 5)).number();
    let older = customer.grant(&ends("2026-01-20T00:00:00Z", 1)).number();
    let younger = customer.grant(&ends("2026-01-20T00:00:00Z", 1)).number();
    let plan = 1;
    customer.consume("scan", 15);
    let Some(entry) = customer.entries.last() else {
        panic!("nothing recorded")
    };
    let burned: Vec<u64> = entry
        .body
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Taken(moved) => moved.grant,
            _ => None,
        })
        .collect();
    assert_eq!(burned, [older, younger, low, plan, later, bought]);
}

#[test]
fn rule_2_unlimited_takes_no_grant_and_records_usage() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.grant(&top_up("scan", 5));
    customer.subscribe("elite", None, ChangeTime::Now);
    let receipt = customer.consume("scan", 1_000);
    let figures = &receipt.figures[0];
    assert_eq!(
        (figures.limit, figures.used, figures.remaining),
        (None, 1_000, None)
    );
    assert!(
        customer
            .account
            .grants()
            .iter()
            .all(|grant| grant.parts().used == 0)
    );
    assert_eq!(customer.usage().meters[0].features[&feature("scan")], 1_000);
    assert!(customer.entries.last().unwrap().usage().is_some());
}

#[test]
fn rule_3_several_meters_all_or_nothing() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .metered("letter")
        .plan(
            PlanBuilder::new("only")
                .limited("scan", limit(5, MONTHLY))
                .limited("letter", limit(2, MONTHLY)),
        )
        .default_plan("only")
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    let refusal = customer.refused(&[("scan", 3), ("letter", 3)]);
    assert_eq!(
        (refusal.reason, refusal.feature),
        (Reason::QuotaExceeded, Some(feature("letter")))
    );
    assert_eq!(
        (customer.remaining("scan"), customer.remaining("letter")),
        (5, 2)
    );
    granted(customer.try_consume(&[("scan", 3), ("letter", 2)]));
    assert_eq!(
        (customer.remaining("scan"), customer.remaining("letter")),
        (2, 0)
    );
}

#[test]
fn rule_3_features_that_share_a_meter_share_its_units() {
    let catalog = CatalogBuilder::new()
        .meter("operations")
        .feature("ocr", "operations", 3)
        .feature("lookup", "operations", 1)
        .plan(PlanBuilder::new("only").limited("operations", limit(10, MONTHLY)))
        .default_plan("only")
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    // 2 × 3 and 5 × 1 are 11 of 10: the refusal tells what the whole request needs.
    let refusal = customer.refused(&[("ocr", 2), ("lookup", 5)]);
    assert_eq!((refusal.needed, refusal.remaining), (11, 10));
    granted(customer.try_consume(&[("ocr", 2), ("lookup", 4)]));
    let usage = customer.usage();
    assert_eq!(usage.meters[0].features[&feature("ocr")], 6);
    assert_eq!(usage.meters[0].features[&feature("lookup")], 4);
    assert_eq!(
        (usage.meters[0].used, usage.meters[0].remaining),
        (10, Some(0))
    );
}

#[test]
fn rule_4_a_key_keeps_the_request_and_the_first_answer() {
    let keyed = |fingerprint| Keyed {
        key: IdempotencyKey::new("order-1").unwrap(),
        fingerprint,
    };
    let one = consume(&[("scan", 1)]);
    let two = consume(&[("scan", 2)]);
    assert_eq!(one.fingerprint(), consume(&[("scan", 1)]).fingerprint());
    assert_ne!(one.fingerprint(), two.fingerprint());
    let reserve = Reserve {
        uses: one.uses.clone(),
        member: None,
        seconds: 0,
        on_expiry: OnExpiry::Release,
    };
    assert_ne!(one.fingerprint(), reserve.fingerprint());
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let key = keyed(one.fingerprint());
    let receipt = granted(
        customer.ask(|account, catalog, now| account.consume(catalog, &one, Some(&key), now)),
    );
    let used = customer.entries.last().unwrap().clone();
    assert_eq!(used.keyed, Some(key.clone()));
    assert_eq!(used.usage().unwrap().figures, receipt.figures);
    let key = keyed(reserve.fingerprint());
    let held = granted(
        customer.ask(|account, catalog, now| account.reserve(catalog, &reserve, Some(&key), now)),
    );
    let Cause::Reserved(kept) = &customer.entries.last().unwrap().body.cause else {
        panic!("not a reservation")
    };
    assert_eq!(kept.figures, held.figures);
    let reversal = granted(
        customer.ask(|account, catalog, now| account.reverse(catalog, &used, Some(&key), now)),
    );
    let Cause::Reversed { answer, .. } = &customer.entries.last().unwrap().body.cause else {
        panic!("not a reversal")
    };
    assert_eq!(answer.figures, reversal.figures);
    // Without a key nobody can ask again: nothing is kept.
    customer.consume("scan", 1);
    assert!(
        customer
            .entries
            .last()
            .unwrap()
            .usage()
            .unwrap()
            .figures
            .is_empty()
    );
}

#[test]
fn rule_5_a_reset_ends_the_plans_grant_and_starts_the_next() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 7);
    customer.at("2026-01-31T23:59:59.999999Z");
    assert_eq!(customer.figures("scan"), (Some(10), 7, Some(3)));
    customer.at("2026-02-01T00:00:00Z");
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
    assert_eq!(customer.usage().month_key.to_string(), "2026-02");
    let grants = customer.account.grants();
    let open = grants
        .iter()
        .filter(|grant| *grant.meter() == meter("scan"));
    assert_eq!(open.count(), 1, "the grant of the month before has ended");
}

#[test]
fn rule_5_rollover_keeps_what_is_left() {
    let mut customer = Customer::new(rolling(150, MONTHLY, KEEP_ALL), "2026-01-10T00:00:00Z");
    customer.consume("scan", 140);
    customer.at("2026-02-10T00:00:00Z");
    // 10 left and 150 new are 160.
    assert_eq!(customer.figures("scan"), (Some(160), 0, Some(160)));
    let usage = customer.usage();
    assert_eq!(
        (usage.meters[0].carried_over, usage.meters[0].extra),
        (10, 0)
    );
    // What was carried over burns first, and what is left of both is carried again.
    customer.consume("scan", 30);
    let left: Vec<(Source, u64)> = customer
        .account
        .grants()
        .iter()
        .map(|grant| (grant.source(), grant.remaining()))
        .collect();
    assert_eq!(left, [(Source::Rollover, 0), (Source::Plan, 130)]);
    customer.at("2026-03-10T00:00:00Z");
    assert_eq!(customer.figures("scan"), (Some(280), 0, Some(280)));
}

#[test]
fn rule_5_rollover_may_be_capped() {
    let capped = Rollover::Keep {
        units_max: Some(20),
        periods_max: None,
    };
    let mut customer = Customer::new(rolling(15, MONTHLY, capped), "2026-01-10T00:00:00Z");
    let mut limits = Vec::new();
    for month in 2..6 {
        customer.at(&format!("2026-{month:02}-10T00:00:00Z"));
        limits.push(customer.figures("scan").0.unwrap());
    }
    assert_eq!(limits, [30, 35, 35, 35]);
}

#[test]
fn rule_5_rollover_may_last_for_so_many_periods() {
    let twice = Rollover::Keep {
        units_max: None,
        periods_max: Some(2),
    };
    let mut customer = Customer::new(rolling(10, MONTHLY, twice), "2026-01-10T00:00:00Z");
    customer.consume("scan", 4);
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 6 + 10);
    customer.at("2026-03-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 6 + 10 + 10);
    // January's six have survived two resets; what ends soonest burns first.
    customer.consume("scan", 1);
    customer.at("2026-04-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 10 + 10 + 10);
    let never = Rollover::Keep {
        units_max: None,
        periods_max: Some(0),
    };
    let mut customer = Customer::new(rolling(10, MONTHLY, never), "2026-01-10T00:00:00Z");
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 10);
}

#[test]
fn rule_5_top_ups_are_never_touched_by_resets_or_plan_changes() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.grant(&top_up("scan", 50));
    customer.consume("scan", 12);
    assert_eq!(customer.figures("scan"), (Some(60), 12, Some(48)));
    customer.at("2026-02-10T00:00:00Z");
    // 10 new, 48 of the 50 bought; the 2 used before no longer count.
    assert_eq!(customer.figures("scan"), (Some(58), 0, Some(58)));
    assert_eq!(customer.usage().meters[0].extra, 48);
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.remaining("scan"), 148);
    customer.subscribe("elite", None, ChangeTime::Now);
    customer.subscribe("free", None, ChangeTime::Now);
    assert_eq!(customer.remaining("scan"), 58);
    customer.cancel(false);
    customer.at("2028-01-01T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 58);
}

#[test]
fn rule_6_an_upgrade_holds_at_once_and_what_was_used_counts() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 10);
    customer.refused(&[("scan", 1)]);
    assert_eq!(
        customer.subscribe("pro", None, ChangeTime::Auto),
        customer.now
    );
    assert_eq!(customer.figures("scan"), (Some(100), 10, Some(90)));
    assert_eq!(customer.plan(), Some("pro"));
}

#[test]
fn rule_6_to_and_fro_gains_nothing() {
    for on_change in [OnChange::Keep, OnChange::Prorate] {
        let of = |units| Limit {
            on_change,
            ..limit(units, MONTHLY)
        };
        let catalog = CatalogBuilder::new()
            .metered("scan")
            .plan(
                PlanBuilder::new("small")
                    .monthly(100)
                    .limited("scan", of(100)),
            )
            .plan(
                PlanBuilder::new("large")
                    .monthly(200)
                    .limited("scan", of(1_000)),
            )
            .plan(PlanBuilder::new("none").monthly(50))
            .plan(PlanBuilder::new("endless").monthly(900).unlimited("scan"))
            .build();
        let mut customer = Customer::new(catalog, "2026-01-01T00:00:00Z");
        customer.subscribe("small", None, ChangeTime::Now);
        customer.consume("scan", 60);
        customer.at("2026-01-16T12:00:00Z");
        for plan in ["large", "small", "none", "small", "large", "small"] {
            customer.subscribe(plan, None, ChangeTime::Now);
        }
        let (_, used, remaining) = customer.figures("scan");
        assert_eq!((used, remaining), (60, Some(40)), "{on_change:?}");
        // What was used without limit counts as well.
        customer.subscribe("endless", None, ChangeTime::Now);
        customer.consume("scan", 25);
        customer.subscribe("small", None, ChangeTime::Now);
        assert_eq!(
            customer.figures("scan"),
            (Some(100), 85, Some(15)),
            "{on_change:?}"
        );
    }
}

#[test]
fn rule_6_on_change_reset_begins_a_fresh_period_but_not_for_the_same_plan() {
    let fresh = |units| Limit {
        on_change: OnChange::Reset,
        ..limit(units, MONTHLY)
    };
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(PlanBuilder::new("free").limited("scan", fresh(10)))
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .limited("scan", fresh(100)),
        )
        .default_plan("free")
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    customer.consume("scan", 10);
    // Neither asking for the plan that one has nor leaving it gives fresh units.
    customer.subscribe("free", None, ChangeTime::Now);
    customer.cancel(false);
    customer.cancel(true);
    assert_eq!(customer.remaining("scan"), 0);
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.figures("scan"), (Some(100), 0, Some(100)));
    customer.consume("scan", 100);
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.remaining("scan"), 0);
}

#[test]
fn rule_6_on_change_prorate_weighs_both_limits() {
    let of = |units| Limit {
        on_change: OnChange::Prorate,
        ..limit(units, MONTHLY)
    };
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(
            PlanBuilder::new("small")
                .monthly(100)
                .limited("scan", of(100)),
        )
        .plan(
            PlanBuilder::new("large")
                .monthly(200)
                .limited("scan", of(1_001)),
        )
        .build();
    let mut customer = Customer::new(catalog, "2026-01-01T00:00:00Z");
    customer.subscribe("small", None, ChangeTime::Now);
    customer.consume("scan", 30);
    // Half of January is over: 50 and 500.5, rounded down.
    customer.at("2026-01-16T12:00:00Z");
    customer.subscribe("large", None, ChangeTime::Now);
    assert_eq!(customer.figures("scan"), (Some(550), 30, Some(520)));
    customer.at("2026-02-01T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 1_001);
}

#[test]
fn rule_6_a_downgrade_takes_effect_at_the_periods_end() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.subscribe("pro", None, ChangeTime::Auto);
    customer.consume("scan", 60);
    customer.at("2026-01-20T00:00:00Z");
    let end = at("2026-02-10T00:00:00Z");
    assert_eq!(customer.subscribe("free", None, ChangeTime::Auto), end);
    assert_eq!(
        (customer.remaining("scan"), customer.plan()),
        (40, Some("pro"))
    );
    customer.at("2026-02-09T23:59:59Z");
    assert_eq!(
        (customer.remaining("scan"), customer.plan()),
        (100, Some("pro"))
    );
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(
        (customer.remaining("scan"), customer.plan()),
        (10, Some("free"))
    );
}

#[test]
fn rule_6_a_downgrade_below_what_was_used_leaves_nothing_and_nothing_comes_back() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.subscribe("pro", None, ChangeTime::Now);
    let receipt = customer.consume("scan", 30);
    let reservation = customer.reserve("scan", 70, 3_600);
    customer.subscribe("free", None, ChangeTime::Now);
    assert_eq!(customer.figures("scan"), (Some(10), 30, Some(0)));
    // Neither a release nor a reversal gives back more than the limit of 10.
    granted(customer.release(reservation));
    assert_eq!(customer.remaining("scan"), 0);
    customer.refused(&[("scan", 1)]);
    granted(customer.reverse(&receipt));
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
}

#[test]
fn rule_6_a_preview_says_what_a_change_would_do() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 4);
    let to = |plan: &str| Subscribe {
        plan: plan_id(plan),
        price: None,
        when: ChangeTime::Auto,
    };
    let preview = |customer: &Customer, plan: &str| {
        granted(
            customer
                .account
                .preview(&customer.catalog, &to(plan), customer.now),
        )
    };
    let up = preview(&customer, "pro");
    assert_eq!(
        (up.direction, up.effective_at),
        (Direction::Upgrade, customer.now)
    );
    assert_eq!(
        (up.before[0].limit, up.before[0].remaining),
        (Some(10), Some(6))
    );
    assert_eq!(
        (up.after[0].limit, up.after[0].remaining),
        (Some(100), Some(96))
    );
    assert_eq!(customer.plan(), Some("free"));
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.usage().meters, up.after);
    let down = preview(&customer, "free");
    assert_eq!(down.direction, Direction::Downgrade);
    assert_eq!(down.effective_at, at("2026-02-10T00:00:00Z"));
    let unknown = customer
        .account
        .preview(&customer.catalog, &to("platinum"), customer.now);
    assert_eq!(reason(unknown), Reason::UnknownPlan);
}

#[test]
fn rule_7_months_are_counted_from_the_anchor() {
    let mut customer = Customer::new(
        only(limit(10, billing(Cadence::Month))),
        "2026-01-31T10:00:00Z",
    );
    let mut ends = vec![customer.period("scan").1];
    for now in [
        "2026-02-28T10:00:00Z",
        "2026-03-31T10:00:00Z",
        "2026-04-30T10:00:00Z",
    ] {
        customer.consume("scan", 10);
        customer.refused(&[("scan", 1)]);
        customer.at(now);
        assert_eq!(customer.remaining("scan"), 10, "{now}");
        ends.push(customer.period("scan").1);
    }
    let expected = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"];
    assert_eq!(ends, expected.map(|day| format!("{day}T10:00:00Z")));
    let subscription = customer.account.subscription().unwrap();
    assert_eq!(subscription.period.end, at("2026-05-31T10:00:00Z"));
}

#[test]
fn rule_7_a_calendar_reset_uses_the_customers_zone() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(PlanBuilder::new("only").limited("scan", limit(10, calendar(Cadence::Day))))
        .default_plan("only")
        .time_zone("America/New_York")
        .build();
    let mut customer = Customer::new(catalog, "2026-03-07T12:00:00Z");
    let day = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        customer.period("scan"),
        day("2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z")
    );
    // The clocks go forward: this day has 23 hours.
    customer.at("2026-03-08T12:00:00Z");
    assert_eq!(
        customer.period("scan"),
        day("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")
    );
}

#[test]
fn rule_7_a_move_to_another_zone_lets_no_periods_overlap() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 10);
    let tokyo = TimeZone::new("Asia/Tokyo").unwrap();
    granted(customer.ask(|account, catalog, now| account.set_time_zone(catalog, tokyo, now)));
    let span = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    // The running period ends as it would have.
    assert_eq!(
        customer.period("scan"),
        span("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    );
    assert_eq!(customer.remaining("scan"), 0);
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(
        customer.period("scan"),
        span("2026-02-01T00:00:00Z", "2026-02-28T15:00:00Z")
    );
}

#[test]
fn rule_7_annual_prices_give_monthly_quotas() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .annual(9_999)
                .limited("scan", limit(100, billing(Cadence::Month))),
        )
        .build();
    let mut customer = Customer::new(catalog, "2026-01-31T00:00:00Z");
    customer.subscribe("pro", Some("annual"), ChangeTime::Now);
    customer.consume("scan", 100);
    let year = customer.account.subscription().unwrap().period;
    assert_eq!(year.end, at("2027-01-31T00:00:00Z"));
    customer.at("2026-02-28T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 100);
    assert_eq!(customer.account.subscription().unwrap().period, year);
}

#[test]
fn rule_8_corrections_are_new_entries_and_the_record_gives_the_balances() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let receipt = customer.consume("scan", 4);
    let before = customer.entries.clone();
    granted(customer.reverse(&receipt));
    assert_eq!(customer.entries[..before.len()], before);
    let last = customer.entries.last().unwrap();
    assert!(
        matches!(last.body.cause, Cause::Reversed { event, .. } if event == receipt.event.number())
    );
    assert_eq!(Account::sum_of(&customer.entries)[&1], 0);
    // Numbers follow each other; time never runs back.
    for (index, entry) in customer.entries.iter().enumerate() {
        assert_eq!(entry.number, index as u64 + 1);
        let json = serde_json::to_string(&entry.body).unwrap();
        assert_eq!(
            serde_json::from_str::<Body>(&json).unwrap(),
            entry.body,
            "{json}"
        );
    }
    // A record with a gap, or of another account, is told apart from a good one.
    let mut other = Account::empty(customer.account.customer().clone());
    assert!(other.apply(&customer.entries[1]).is_err());
    let mut forged = customer.entries.clone();
    let event = usize::try_from(receipt.event.number()).unwrap() - 1;
    if let Effect::Taken(moved) = &mut forged[event].body.effects[0] {
        moved.units = 3;
    }
    let mut replayed = Account::empty(customer.account.customer().clone());
    let told = forged
        .iter()
        .try_for_each(|entry| replayed.apply(entry))
        .is_err()
        || !replayed.differences(&customer.account).is_empty();
    assert!(told);
}

#[test]
fn rule_9_a_refusal_names_every_figure_and_the_ways_out() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 8);
    let refusal = customer.refused(&[("scan", 5)]);
    assert_eq!(refusal, rule_9_refusal());
    assert_eq!(
        refusal.message(),
        "Insufficient quota. You need 5 operations but only have 2 remaining."
    );
    // Each way out leads out.
    for way in refusal.ways_out {
        let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
        customer.consume("scan", 8);
        match way {
            WayOut::Wait { until } => customer.now = until,
            WayOut::Plan { plan, .. } => {
                customer.subscribe(plan.as_str(), None, ChangeTime::Now);
            }
            WayOut::TopUp { units, .. } => {
                customer.grant(&top_up("scan", units));
            }
            WayOut::RaiseCap => panic!("there is no cap"),
        }
        customer.consume("scan", 5);
    }
    // A plan that would not help is no way out: 98 used of pro's 100 would leave 2.
    customer.subscribe("elite", None, ChangeTime::Now);
    customer.consume("scan", 90);
    customer.subscribe("free", None, ChangeTime::Now);
    let refusal = customer.refused(&[("scan", 5)]);
    assert_eq!(
        (refusal.limit, refusal.used, refusal.remaining),
        (10, 98, 0)
    );
    let plans: Vec<&str> = refusal
        .ways_out
        .iter()
        .filter_map(|way| match way {
            WayOut::Plan { plan, .. } => Some(plan.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(plans, ["elite"]);
}

#[test]
fn rule_10_refusals_are_answers_and_change_nothing() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let version = customer.account.version();
    let decision = customer.try_consume(&[("scan", 11)]);
    assert!(matches!(decision, Decision::Refused(_)));
    assert_eq!(decision.clone().granted(), None);
    assert_eq!(
        decision.into_result().unwrap_err().reason,
        Reason::QuotaExceeded
    );
    assert_eq!(customer.account.version(), version);
    assert!(!customer.account.has_entries());
}

// ---- refusals

#[test]
fn refusals_tell_apart_why() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .metered("letter")
        .toggle("sso")
        .plan(PlanBuilder::new("free").limited("scan", limit(10, MONTHLY)))
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .limited("letter", limit(5, MONTHLY))
                .switch("sso", true)
                .switch("scan", false),
        )
        .top_up("letters", "letter", 25, (1, 10))
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    let refusal = customer.refused(&[("scan", 3)]);
    assert_eq!(
        (refusal.reason, refusal.needed, refusal.plan.clone()),
        (Reason::NoSubscription, 3, None)
    );
    assert_eq!(
        refusal.ways_out,
        [WayOut::Plan {
            plan: plan_id("free"),
            limit: Some(10),
            price: None
        }]
    );
    assert_eq!(
        refusal.message(),
        "No active subscription found. Please subscribe to a plan to continue."
    );
    customer.subscribe("free", None, ChangeTime::Now);
    assert_eq!(
        customer.refused(&[("nothing", 1)]).reason,
        Reason::UnknownFeature
    );
    let refusal = customer.refused(&[("letter", 1)]);
    assert_eq!(refusal.reason, Reason::FeatureNotInPlan);
    assert_eq!(refusal.ways_out.len(), 2);
    assert_eq!(
        customer.refused(&[("sso", 1)]).reason,
        Reason::FeatureNotInPlan
    );
    customer.subscribe("pro", None, ChangeTime::Now);
    // A switch that is on lets through, one that is off refuses whatever the meter holds.
    customer.consume("sso", 1);
    customer.grant(&top_up("scan", 5));
    assert_eq!(
        customer.refused(&[("scan", 1)]).reason,
        Reason::FeatureNotInPlan
    );
    let usage = customer.usage();
    let features: Vec<&str> = usage.features.keys().map(FeatureId::as_str).collect();
    assert_eq!(features, ["letter", "sso"]);
}

#[test]
fn bought_units_do_without_a_plan() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .limited("scan", limit(100, MONTHLY)),
        )
        .top_up("scans", "scan", 10, (1, 50))
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    customer.grant(&top_up("scan", 5));
    customer.consume("scan", 3);
    let refusal = customer.refused(&[("scan", 3)]);
    assert_eq!(
        (
            refusal.reason,
            refusal.limit,
            refusal.used,
            refusal.remaining
        ),
        (Reason::NoSubscription, 5, 3, 2)
    );
    // Bought units that are used up do not count against the plan that comes next.
    customer.consume("scan", 2);
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.remaining("scan"), 100);
}

// ---- plans

#[test]
fn a_cancellation_falls_back_to_the_default_plan_at_the_periods_end() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.subscribe("pro", None, ChangeTime::Now);
    let end = at("2026-02-10T00:00:00Z");
    assert_eq!(customer.cancel(true), end);
    assert_eq!(customer.cancel(true), end);
    customer.at("2026-02-09T23:59:59Z");
    assert_eq!(customer.remaining("scan"), 100);
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(
        (customer.remaining("scan"), customer.plan()),
        (10, Some("free"))
    );
    assert_eq!(customer.account.subscription().unwrap().price, None);
}

#[test]
fn a_cancellation_can_be_undone_and_a_change_instead_of_it_counts() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let undo = |customer: &mut Customer| customer.ask(Account::undo_change);
    assert_eq!(reason(undo(&mut customer)), Reason::NothingToUndo);
    customer.subscribe("elite", None, ChangeTime::Now);
    customer.cancel(true);
    granted(undo(&mut customer));
    customer.cancel(true);
    // Whoever chooses a smaller plan stays.
    customer.subscribe("pro", None, ChangeTime::Auto);
    customer.at("2026-02-10T00:00:00Z");
    customer.advance();
    assert_eq!(customer.plan(), Some("pro"));
    // Asking for the present plan again undoes a change that waits.
    customer.subscribe("free", None, ChangeTime::Auto);
    customer.subscribe("pro", None, ChangeTime::Auto);
    customer.at("2026-04-10T00:00:00Z");
    customer.advance();
    assert_eq!(customer.plan(), Some("pro"));
}

#[test]
fn without_a_default_plan_a_cancellation_leaves_only_bought_units() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .plan(
            PlanBuilder::new("pro")
                .monthly(999)
                .limited("scan", limit(100, MONTHLY)),
        )
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    customer.subscribe("pro", None, ChangeTime::Now);
    customer.consume("scan", 90);
    customer.cancel(false);
    assert_eq!(
        customer.refused(&[("scan", 1)]).reason,
        Reason::NoSubscription
    );
    assert_eq!(
        reason(customer.ask(|account, catalog, now| account.cancel(catalog, true, now))),
        Reason::NoSubscription
    );
    customer.grant(&top_up("scan", 2));
    customer.consume("scan", 2);
    // Coming back in the same month gives what was left of it.
    customer.subscribe("pro", None, ChangeTime::Now);
    assert_eq!(customer.figures("scan"), (Some(102), 92, Some(10)));
}

#[test]
fn a_customer_keeps_its_version_of_a_plan() {
    let mut catalog = shop();
    let mut customer = Customer::new(catalog.clone(), "2026-01-10T00:00:00Z");
    let next = CatalogBuilder::new()
        .plan(PlanBuilder::new("free").limited("scan", limit(10, MONTHLY)))
        .plan(
            PlanBuilder::new("free")
                .version(2)
                .limited("scan", limit(3, MONTHLY)),
        )
        .build();
    catalog
        .plans
        .insert(plan_id("free"), next.plans[&plan_id("free")].clone());
    catalog.archived = next.archived;
    customer.catalog = catalog;
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 10);
    customer.subscribe("free", None, ChangeTime::Now);
    assert_eq!(customer.remaining("scan"), 3);
}

// ---- caps

fn capped() -> Catalog {
    CatalogBuilder::new()
        .meter("scan")
        .feature("scan", "scan", 1)
        .feature("deep", "scan", 3)
        .plan(
            PlanBuilder::new("team")
                .limited("scan", limit(100, MONTHLY))
                .cap("scan", 20, calendar(Cadence::Day), CapScope::Customer)
                .cap("scan", 8, calendar(Cadence::Hour), CapScope::EachMember),
        )
        .default_plan("team")
        .build()
}

#[test]
fn caps_hold_for_the_customer_each_member_and_a_members_own() {
    let mut customer = Customer::new(capped(), "2026-01-10T10:30:00Z");
    customer.member = Some(member("ann"));
    customer.consume("scan", 8);
    let refusal = customer.refused(&[("scan", 1)]);
    assert_eq!(refusal.reason, Reason::MemberCapExceeded);
    assert_eq!(refusal.member, Some(member("ann")));
    assert_eq!(
        (
            refusal.limit,
            refusal.used,
            refusal.remaining,
            refusal.needed
        ),
        (8, 8, 0, 1)
    );
    assert_eq!(refusal.resets_at, Some(at("2026-01-10T11:00:00Z")));
    let wait = WayOut::Wait {
        until: at("2026-01-10T11:00:00Z"),
    };
    assert_eq!(refusal.ways_out, [wait, WayOut::RaiseCap]);
    customer.member = Some(member("bob"));
    customer.set_member_cap("bob", "scan", Some(2), calendar(Cadence::Day));
    customer.consume("scan", 2);
    assert_eq!(customer.refused(&[("scan", 1)]).limit, 2);
    customer.set_member_cap("bob", "scan", None, calendar(Cadence::Day));
    customer.consume("scan", 6);
    assert_eq!(customer.refused(&[("scan", 1)]).limit, 8);
    customer.member = None;
    let refusal = customer.refused(&[("deep", 2)]);
    assert_eq!(
        (refusal.reason, refusal.member),
        (Reason::CapExceeded, None)
    );
    assert_eq!(
        (
            refusal.limit,
            refusal.used,
            refusal.remaining,
            refusal.needed
        ),
        (20, 16, 4, 6)
    );
    // Each window turns by itself.
    customer.at("2026-01-10T11:00:00Z");
    customer.member = Some(member("ann"));
    customer.consume("scan", 4);
    assert_eq!(customer.refused(&[("scan", 1)]).reason, Reason::CapExceeded);
    customer.at("2026-01-11T00:00:00Z");
    customer.consume("deep", 2);
    assert_eq!(customer.remaining("scan"), 100 - 8 - 8 - 4 - 6);
}

#[test]
fn a_cap_counts_a_whole_request_once() {
    let mut customer = Customer::new(capped(), "2026-01-10T10:30:00Z");
    customer.member = Some(member("ann"));
    let refusal = customer.refused(&[("scan", 3), ("deep", 2)]);
    assert_eq!((refusal.used, refusal.remaining, refusal.needed), (0, 8, 9));
    granted(customer.try_consume(&[("scan", 2), ("deep", 2)]));
    // Two caps with one window share a counter, and count one use once.
    customer.at("2026-01-10T11:30:00Z");
    customer.set_member_cap("ann", "scan", Some(5), calendar(Cadence::Hour));
    customer.consume("scan", 5);
    assert_eq!(customer.refused(&[("scan", 1)]).used, 5);
}

#[test]
fn caps_give_back_what_is_released_or_reversed() {
    let mut customer = Customer::new(capped(), "2026-01-10T10:30:00Z");
    customer.member = Some(member("ann"));
    let held = granted(customer.try_reserve(&[("scan", 8)], 600, OnExpiry::Release));
    customer.refused(&[("scan", 1)]);
    let receipt = granted(customer.try_settle(held.reservation, Some(&[("scan", 5)])));
    customer.consume("scan", 3);
    customer.refused(&[("scan", 1)]);
    // The reversal of a settlement gives the cap what the reservation counted.
    granted(customer.reverse(&receipt));
    customer.consume("scan", 5);
    customer.refused(&[("scan", 1)]);
    // A window that is over gets nothing back.
    let receipt = {
        customer.at("2026-01-10T11:00:00Z");
        customer.consume("scan", 8)
    };
    customer.at("2026-01-10T12:00:00Z");
    customer.consume("scan", 4);
    granted(customer.reverse(&receipt));
    customer.consume("scan", 4);
    customer.refused(&[("scan", 1)]);
}

#[test]
fn counters_of_caps_are_bounded() {
    let endless = CatalogBuilder::new()
        .metered("scan")
        .plan(PlanBuilder::new("team").unlimited("scan").cap(
            "scan",
            5,
            Reset::Never,
            CapScope::EachMember,
        ))
        .default_plan("team")
        .build();
    let mut customer = Customer::new(endless, "2026-01-10T10:30:00Z");
    for index in 0..CAP_COUNTERS_MAX {
        let mut request = consume(&[("scan", 1)]);
        request.member = Some(member(&format!("member-{index}")));
        granted(
            customer
                .account
                .consume(&customer.catalog, &request, None, customer.now),
        );
    }
    customer.member = Some(member("one-more"));
    assert_eq!(customer.refused(&[("scan", 1)]).reason, Reason::TooMany);
    customer.member = Some(member("member-7"));
    customer.consume("scan", 4);
    customer.refused(&[("scan", 1)]);
}

// ---- reservations

#[test]
fn a_reservation_holds_settles_and_releases() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let id = customer.reserve("scan", 6, 60);
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(4)));
    customer.refused(&[("scan", 5)]);
    // Less than was held: the rest comes back.
    let receipt = granted(customer.try_settle(id, Some(&[("scan", 2)])));
    assert_eq!((receipt.figures[0].used, receipt.figures[0].held), (2, 0));
    assert_eq!(customer.remaining("scan"), 8);
    assert_eq!(
        reason(customer.try_settle(id, None)),
        Reason::UnknownReservation
    );
    assert_eq!(reason(customer.release(id)), Reason::UnknownReservation);
    // More than was held: taken from what else there is, or refused with all still held.
    let id = customer.reserve("scan", 2, 60);
    assert_eq!(
        reason(customer.try_settle(id, Some(&[("scan", 9)]))),
        Reason::QuotaExceeded
    );
    assert_eq!(customer.account.holds().len(), 1);
    granted(customer.try_settle(id, Some(&[("scan", 5)])));
    assert_eq!(customer.figures("scan"), (Some(10), 7, Some(3)));
    // Nothing used: an event of nothing.
    let id = customer.reserve("scan", 3, 60);
    granted(customer.try_settle(id, Some(&[("scan", 0)])));
    let id = customer.reserve("scan", 3, 60);
    granted(customer.release(id));
    assert_eq!(customer.remaining("scan"), 3);
}

#[test]
fn what_one_feature_gives_back_another_may_need() {
    let catalog = CatalogBuilder::new()
        .meter("scan")
        .feature("scan", "scan", 1)
        .feature("deep", "scan", 1)
        .plan(
            PlanBuilder::new("only")
                .limited("scan", limit(10, MONTHLY))
                .cap("scan", 10, MONTHLY, CapScope::Customer),
        )
        .default_plan("only")
        .build();
    let mut customer = Customer::new(catalog, "2026-01-10T00:00:00Z");
    let held = granted(customer.try_reserve(&[("scan", 5), ("deep", 5)], 60, OnExpiry::Release));
    granted(customer.try_settle(held.reservation, Some(&[("deep", 9)])));
    assert_eq!(customer.figures("scan"), (Some(10), 9, Some(1)));
    assert_eq!(customer.usage().meters[0].features[&feature("deep")], 9);
}

#[test]
fn a_forgotten_reservation_ends_by_its_policy() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    granted(customer.try_reserve(&[("scan", 3)], 60, OnExpiry::Release));
    granted(customer.try_reserve(&[("scan", 4)], 60, OnExpiry::Settle));
    customer.at("2026-01-10T00:00:59.999999Z");
    assert_eq!(customer.remaining("scan"), 3);
    customer.at("2026-01-10T00:01:00Z");
    assert_eq!(customer.figures("scan"), (Some(10), 4, Some(6)));
    assert!(customer.account.holds().is_empty());
    let settled = customer
        .entries
        .iter()
        .filter(|entry| entry.usage().is_some());
    assert_eq!(settled.count(), 1);
}

#[test]
fn a_reservation_is_extended_but_never_shortened_nor_for_ever() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let id = customer.reserve("scan", 3, 60);
    let extend = |customer: &mut Customer, seconds| {
        customer.ask(|account, catalog, now| account.extend(catalog, id, seconds, now))
    };
    customer.at("2026-01-10T00:00:30Z");
    assert_eq!(
        granted(extend(&mut customer, 10)),
        at("2026-01-10T00:01:00Z")
    );
    assert_eq!(
        granted(extend(&mut customer, 90)),
        at("2026-01-10T00:02:00Z")
    );
    assert_eq!(
        granted(extend(&mut customer, u32::MAX)),
        at("2026-02-10T00:00:00Z")
    );
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(
        reason(extend(&mut customer, 10)),
        Reason::UnknownReservation
    );
}

#[test]
fn a_reservation_across_a_reset_takes_from_its_own_period() {
    let mut customer = Customer::new(shop(), "2026-01-31T23:59:00Z");
    let settled = customer.reserve("scan", 6, 3_600);
    let released = customer.reserve("scan", 4, 3_600);
    customer.at("2026-02-01T00:01:00Z");
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
    granted(customer.release(released));
    assert_eq!(customer.remaining("scan"), 10);
    let receipt = granted(customer.try_settle(settled, None));
    // January's grant has ended, and gave the six.
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
    assert_eq!(Account::sum_of(&customer.entries)[&1], 6);
    assert!(
        customer
            .account
            .grants()
            .iter()
            .all(|grant| grant.number() != 1)
    );
    assert_eq!(reason(customer.reverse(&receipt)), Reason::TooLateToReverse);
}

#[test]
fn a_reservation_keeps_its_cost() {
    let mut customer = Customer::new(capped(), "2026-01-10T10:30:00Z");
    let id = customer.reserve("deep", 2, 60);
    let deep = customer.catalog.features.get_mut(&feature("deep")).unwrap();
    deep.draw.as_mut().unwrap().cost = 5;
    granted(customer.try_settle(id, Some(&[("deep", 3)])));
    assert_eq!(customer.figures("deep").1, 2 * 3 + 5);
}

#[test]
fn reservations_are_bounded() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.subscribe("elite", None, ChangeTime::Now);
    let request = Reserve {
        uses: uses(&[("scan", 1)]),
        member: None,
        seconds: 60,
        on_expiry: OnExpiry::Release,
    };
    for _ in 0..HOLDS_MAX {
        granted(
            customer
                .account
                .reserve(&customer.catalog, &request, None, customer.now),
        );
    }
    let one_more =
        customer.ask(|account, catalog, now| account.reserve(catalog, &request, None, now));
    assert_eq!(reason(one_more), Reason::TooMany);
    let settle = Settle {
        reservation: customer.account.holds()[0].id(customer.account.customer()),
        uses: None,
        metadata: None,
    };
    granted(customer.ask(|account, catalog, now| account.settle(catalog, &settle, None, now)));
}

// ---- grants and reversals

#[test]
fn a_grant_begins_ends_and_is_revoked() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let promotion = customer.grant(&GrantUnits {
        source: Source::Promotion,
        starts_at: Some(at("2026-01-12T00:00:00Z")),
        expires_at: Some(at("2026-01-14T00:00:00Z")),
        ..top_up("scan", 5)
    });
    assert_eq!(customer.remaining("scan"), 10);
    customer.at("2026-01-12T00:00:00Z");
    customer.consume("scan", 2);
    assert_eq!(customer.figures("scan"), (Some(15), 2, Some(13)));
    customer.at("2026-01-14T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 10);
    let revoke = |customer: &mut Customer, id, units| {
        customer.ask(|account, catalog, now| account.revoke(catalog, id, units, now))
    };
    assert_eq!(
        reason(revoke(&mut customer, promotion, 1)),
        Reason::UnknownGrant
    );
    // Nothing begins before it is given.
    let bought = customer.grant(&GrantUnits {
        starts_at: Some(at("2020-01-01T00:00:00Z")),
        ..top_up("scan", 20)
    });
    let grants = customer.account.grants();
    let begun = grants
        .iter()
        .find(|grant| grant.number() == bought.number());
    assert_eq!(begun.unwrap().parts().starts_at, customer.now);
    customer.consume("scan", 15);
    // What is used cannot be taken back.
    assert_eq!(granted(revoke(&mut customer, bought, 3)), 3);
    assert_eq!(granted(revoke(&mut customer, bought, 100)), 12);
    assert_eq!(granted(revoke(&mut customer, bought, 1)), 0);
    assert_eq!(customer.figures("scan"), (Some(15), 15, Some(0)));
    let unknown = customer
        .ask(|account, catalog, now| account.grant(catalog, &top_up("nothing", 1), None, now));
    assert_eq!(reason(unknown), Reason::UnknownMeter);
}

#[test]
fn grants_are_bounded() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let request = top_up("scan", 1);
    for _ in customer.account.grants().len()..GRANTS_MAX {
        granted(
            customer
                .account
                .grant(&customer.catalog, &request, None, customer.now),
        );
    }
    let one_more =
        customer.ask(|account, catalog, now| account.grant(catalog, &request, None, now));
    assert_eq!(reason(one_more), Reason::TooMany);
    // Used-up ones make room once nobody misses them.
    customer.consume("scan", 200);
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 10 + GRANTS_MAX as u64 - 1 - 190);
    customer.at("2026-03-10T00:00:00Z");
    customer.grant(&request);
}

#[test]
fn a_usage_event_is_reversed_once_and_in_time() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.grant(&top_up("scan", 5));
    let of_plan = customer.consume("scan", 4);
    let of_both = customer.consume("scan", 8);
    granted(customer.reverse(&of_plan));
    assert_eq!(customer.figures("scan"), (Some(15), 8, Some(7)));
    let tallies = &customer.account.tallies().meters;
    let counted = tallies.iter().find(|tally| tally.meter == meter("scan"));
    assert_eq!(counted.map(|tally| tally.used), Some(8));
    assert_eq!(reason(customer.reverse(&of_plan)), Reason::AlreadyReversed);
    // A reversal is no usage event.
    let number = customer.account.version();
    let reversal = customer.entries[usize::try_from(number).unwrap() - 1].clone();
    let again =
        customer.ask(|account, catalog, now| account.reverse(catalog, &reversal, None, now));
    assert_eq!(reason(again), Reason::UnknownEvent);
    // Across a reset the plan's grant has ended.
    customer.at("2026-02-10T00:00:00Z");
    assert_eq!(reason(customer.reverse(&of_both)), Reason::TooLateToReverse);
    // Bought units come back, and count for no period.
    let bought = customer.consume("scan", 13);
    assert_eq!(customer.remaining("scan"), 0);
    let only_bought = {
        customer.grant(&top_up("scan", 6));
        customer.consume("scan", 6)
    };
    customer.at("2026-04-10T00:00:00Z");
    granted(customer.reverse(&only_bought));
    assert_eq!(customer.figures("scan"), (Some(16), 0, Some(16)));
    assert_eq!(reason(customer.reverse(&bought)), Reason::TooLateToReverse);
    let late = customer.consume("scan", 16);
    customer.at("2026-07-11T00:00:00Z");
    assert_eq!(reason(customer.reverse(&late)), Reason::TooLateToReverse);
}

// ---- time

#[test]
fn a_clock_set_back_changes_nothing_decided() {
    let mut customer = Customer::new(shop(), "2026-02-01T00:00:00Z");
    customer.consume("scan", 10);
    customer.at("2026-01-20T00:00:00Z");
    customer.refused(&[("scan", 1)]);
    let id = {
        customer.grant(&top_up("scan", 5));
        customer.reserve("scan", 5, 60)
    };
    assert_eq!(customer.account.at(), at("2026-02-01T00:00:00Z"));
    assert_eq!(
        customer.account.holds()[0].expires_at,
        at("2026-02-01T00:01:00Z")
    );
    assert_eq!(customer.period("scan").0, "2026-02-01T00:00:00Z");
    granted(customer.release(id));
    assert!(
        customer
            .entries
            .windows(2)
            .all(|pair| pair[0].at <= pair[1].at)
    );
}

#[test]
fn idle_for_years() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.grant(&GrantUnits {
        expires_at: Some(at("2027-06-01T00:00:00Z")),
        ..top_up("scan", 7)
    });
    customer.at("2061-05-05T05:05:05Z");
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
    assert_eq!(customer.period("scan").1, "2061-06-01T00:00:00Z");
    assert!(
        customer.entries.len() < 10,
        "{} entries",
        customer.entries.len()
    );
    // Rollover of every minute of two years, in a few entries.
    let mut customer = Customer::new(
        rolling(1, calendar(Cadence::Minute), KEEP_ALL),
        "2026-01-01T00:00:00Z",
    );
    customer.consume("scan", 1);
    customer.at("2028-01-01T00:00:00Z");
    let minutes = 2 * 365 * 24 * 60;
    assert_eq!(customer.remaining("scan"), minutes);
    assert!(
        customer.entries.len() < 30,
        "{} entries",
        customer.entries.len()
    );
    // Rollover never leaves its range, however much piles up.
    let mut customer = Customer::new(
        rolling(UNITS_MAX, calendar(Cadence::Minute), KEEP_ALL),
        "2026-01-01T00:00:00Z",
    );
    customer.at("2027-01-01T00:00:00Z");
    assert_eq!(customer.remaining("scan"), 2 * UNITS_MAX);
    customer.now = Timestamp::MAX;
    assert_eq!(customer.remaining("scan"), 2 * UNITS_MAX);
}

#[test]
fn idle_periods_pass_as_if_each_had_been_looked_at() {
    let rollovers = [
        KEEP_ALL,
        Rollover::None,
        Rollover::Keep {
            units_max: Some(25),
            periods_max: None,
        },
        Rollover::Keep {
            units_max: None,
            periods_max: Some(3),
        },
        Rollover::Keep {
            units_max: Some(17),
            periods_max: Some(2),
        },
    ];
    for rollover in rollovers {
        let begin = || {
            let mut customer = Customer::new(
                rolling(10, calendar(Cadence::Day), rollover),
                "2026-01-01T10:00:00Z",
            );
            customer.consume("scan", 3);
            customer
        };
        for days in 1..20_i64 {
            let (mut idle, mut looked_at) = (begin(), begin());
            idle.now = idle.now.plus_seconds(days * 86_400);
            for _ in 0..days {
                looked_at.now = looked_at.now.plus_seconds(86_400);
                looked_at.advance();
            }
            assert_eq!(idle.usage(), looked_at.usage(), "{rollover:?} {days}");
        }
    }
}

#[test]
fn a_reservation_that_ends_in_an_idle_period_counts_there() {
    let mut customer = Customer::new(
        only(limit(10, calendar(Cadence::Day))),
        "2026-01-01T23:00:00Z",
    );
    customer.grant(&top_up("scan", 5));
    customer.consume("scan", 10);
    granted(customer.try_reserve(&[("scan", 5)], 2 * 86_400, OnExpiry::Settle));
    customer.at("2026-02-01T00:00:00Z");
    // Settled on January 3; February knows nothing of it.
    assert_eq!(customer.figures("scan"), (Some(10), 0, Some(10)));
    assert_eq!(customer.usage().meters[0].used, 0);
    assert!(customer.usage().meters[0].features.is_empty());
}

#[test]
fn given_once_is_given_once() {
    let mut customer = Customer::new(only(limit(10, Reset::Never)), "2026-01-10T00:00:00Z");
    customer.consume("scan", 9);
    customer.at("2056-01-10T00:00:00Z");
    assert_eq!(customer.figures("scan"), (Some(10), 9, Some(1)));
    let refusal = customer.refused(&[("scan", 2)]);
    assert_eq!((refusal.resets_at, refusal.ways_out), (None, vec![]));
}

#[test]
fn members_caps_are_bounded_and_can_be_changed_when_full() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let cap = |index: usize, units| SetMemberCap {
        member: member(&format!("member-{index}")),
        meter: meter("scan"),
        units: Some(units),
        reset: Reset::Never,
    };
    for index in 0..tollgate_core::account::MEMBER_CAPS_MAX {
        granted(customer.account.set_member_cap(
            &customer.catalog,
            &cap(index, 1),
            None,
            customer.now,
        ));
    }
    let mut set = |request: SetMemberCap| {
        customer.ask(|account, catalog, now| account.set_member_cap(catalog, &request, None, now))
    };
    assert_eq!(reason(set(cap(5_000, 1))), Reason::TooMany);
    granted(set(cap(3, 4)));
}

// ---- what does not fit is told, not applied

#[test]
fn an_entry_that_does_not_fit_is_an_error() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 4);
    let good = customer.entries.clone();
    let replay = |entries: &[Entry]| {
        let mut account = Account::empty(customer.account.customer().clone());
        entries
            .iter()
            .try_for_each(|entry| account.apply(entry))
            .unwrap_err()
    };
    let with = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut entries = good.clone();
        change(&mut entries);
        replay(&entries)
    };
    let last = good.len() - 1;
    let moved = |grant, units| Move {
        meter: meter("scan"),
        feature: feature("scan"),
        grant,
        units,
    };
    let gap = with(&|entries| {
        entries.remove(1);
    });
    assert!(matches!(
        gap,
        ApplyError::Number {
            version: 1,
            found: 3
        }
    ));
    let twice = with(&|entries| entries.push(good[last].clone()));
    assert!(matches!(twice, ApplyError::Number { .. }));
    let early = with(&|entries| entries[last].at = at("2026-01-09T00:00:00Z"));
    assert!(matches!(early, ApplyError::BackInTime { .. }));
    let instead =
        |effect: Effect| with(&|entries| entries[last].body.effects = vec![effect.clone()]);
    let too_much = instead(Effect::Taken(moved(Some(1), 11)));
    assert!(matches!(too_much, ApplyError::Imbalance(_)));
    assert_eq!(
        too_much.to_string(),
        "grant 1: cannot take 11 of amount 10, used 0, held 0, expired 0, revoked 0"
    );
    for effect in [
        Effect::Held(moved(Some(1), 11)),
        Effect::HeldTaken(moved(Some(1), 1)),
        Effect::HeldReleased(moved(Some(1), 1)),
        Effect::GrantRevoked {
            grant: 1,
            units: 11,
        },
        Effect::GivenBack {
            moved: moved(Some(1), 1),
            this_period: true,
        },
        Effect::GivenBack {
            moved: moved(Some(1), 1),
            this_period: false,
        },
    ] {
        assert!(matches!(instead(effect), ApplyError::Imbalance(_)));
    }
    let absent = instead(Effect::Taken(moved(Some(2), 1)));
    assert_eq!(absent, ApplyError::NoGrant(2));
    let again = instead(Effect::GrantAdded(Box::new(
        customer.account.grants()[0].clone(),
    )));
    assert_eq!(again, ApplyError::GrantNumber(1));
    assert_eq!(
        instead(Effect::HoldClosed { hold: 9 }),
        ApplyError::NoHold(9)
    );
    let expires_at = at("2027-01-01T00:00:00Z");
    let extended = Effect::HoldExtended {
        hold: 9,
        expires_at,
    };
    assert_eq!(instead(extended), ApplyError::NoHold(9));
    for effect in [
        Effect::HeldReleased(moved(None, 1)),
        Effect::GivenBack {
            moved: moved(None, 1),
            this_period: true,
        },
    ] {
        assert_eq!(instead(effect), ApplyError::Counter("scan".to_owned()));
    }
    let most = Effect::Taken(moved(None, u64::MAX));
    let over = with(&|entries| entries[last].body.effects = vec![most.clone(), most.clone()]);
    assert_eq!(over, ApplyError::Counter("scan".to_owned()));
}

#[test]
fn a_grant_that_does_not_add_up_is_not_read() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    customer.consume("scan", 4);
    let parts = customer.account.grants()[0].parts().clone();
    let read = |change: &dyn Fn(&mut GrantParts)| {
        let mut parts = parts.clone();
        change(&mut parts);
        let json = serde_json::to_string(&parts).unwrap();
        serde_json::from_str::<Grant>(&json).is_ok()
    };
    assert!(read(&|_| ()));
    assert!(!read(&|parts| parts.used = 11));
    assert!(!read(&|parts| (parts.held, parts.revoked) = (4, 3)));
    assert!(!read(&|parts| parts.expired = u64::MAX));
    assert!(!read(&|parts| parts.ended = true));
    assert!(!read(&|parts| parts.used_before = 5));
    assert!(read(&|parts| (parts.ended, parts.expired) = (true, 6)));
}

#[test]
fn ids_of_others_are_unknown() {
    let mut customer = Customer::new(shop(), "2026-01-10T00:00:00Z");
    let other = CustomerId::new("user_124").unwrap();
    let grant = customer.grant(&top_up("scan", 5));
    let hold = customer.reserve("scan", 1, 60);
    let foreign_hold = ReservationId::new(customer.now, &other, hold.number());
    let foreign_grant = GrantId::new(customer.now, &other, grant.number());
    assert_eq!(
        reason(customer.release(foreign_hold)),
        Reason::UnknownReservation
    );
    assert_eq!(
        reason(customer.try_settle(foreign_hold, None)),
        Reason::UnknownReservation
    );
    let extended =
        customer.ask(|account, catalog, now| account.extend(catalog, foreign_hold, 9, now));
    assert_eq!(reason(extended), Reason::UnknownReservation);
    let revoked =
        customer.ask(|account, catalog, now| account.revoke(catalog, foreign_grant, 1, now));
    assert_eq!(reason(revoked), Reason::UnknownGrant);
    // An event that this account has not made yet.
    customer.consume("scan", 1);
    let mut event = customer.entries.last().unwrap().clone();
    event.number += 1;
    let reversed =
        customer.ask(|account, catalog, now| account.reverse(catalog, &event, None, now));
    assert_eq!(reason(reversed), Reason::UnknownEvent);
}
