//! Catalogs as files: the shipped ones, wrong ones, and what changes from one to the next.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use tollgate_core::catalog::{Action, Catalog, Change, Problem, Subject};
use tollgate_core::id::PlanId;
use tollgate_core::plan::{Anchor, Cadence, Entitlement, Plan, Reset, Rollover};

const RESUME: &str = include_str!("../../../catalogs/resume.toml");
const USDOT: &str = include_str!("../../../catalogs/usdot.toml");

fn unset(_: &str) -> Option<String> {
    None
}

fn parse(text: &str) -> Catalog {
    Catalog::parse("plans.toml", text, &unset)
        .unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

fn show(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn clean(text: &str) -> Catalog {
    let (catalog, warnings) = Catalog::parse_with_warnings("plans.toml", text, &unset).unwrap();
    assert_eq!(show(&warnings), "");
    catalog
}

fn plan<'a>(catalog: &'a Catalog, id: &str) -> &'a Plan {
    catalog.plans.get(id).unwrap()
}

fn limits(plan: &Plan) -> BTreeMap<&str, Option<u64>> {
    plan.entitlements
        .iter()
        .map(|(meter, entitlement)| match entitlement {
            Entitlement::Unlimited => (meter.as_str(), None),
            Entitlement::Limited(limit) => (meter.as_str(), Some(limit.units)),
        })
        .collect()
}

fn prices(plan: &Plan) -> BTreeMap<&str, String> {
    plan.prices
        .iter()
        .map(|(id, price)| (id.as_str(), price.to_string()))
        .collect()
}

#[test]
fn the_resume_catalog_has_the_figures_of_its_seed() {
    let catalog = clean(RESUME);
    assert_eq!(catalog.default_plan, Some(PlanId::new("free").unwrap()));
    let features = ["ats_scan", "resume_tailor", "cover_letter", "jd_parse"];
    let expected = [
        ("free", [Some(2), Some(3), Some(3), Some(5)]),
        ("pro", [Some(20), Some(25), Some(30), Some(60)]),
        ("elite", [None; 4]),
    ];
    assert_eq!((catalog.features.len(), catalog.plans.len()), (4, 3));
    for (id, units) in expected {
        assert_eq!(
            limits(plan(&catalog, id)),
            features.into_iter().zip(units).collect()
        );
    }
    for limit in catalog
        .plans
        .values()
        .flat_map(|plan| plan.entitlements.values())
    {
        if let Entitlement::Limited(limit) = limit {
            let month = Reset::Every {
                cadence: Cadence::Month,
                anchor: Anchor::Calendar,
            };
            assert_eq!((limit.reset, limit.rollover), (month, Rollover::None));
        }
    }
    assert!(plan(&catalog, "free").prices.is_empty());
    for id in ["pro", "elite"] {
        assert_eq!(prices(plan(&catalog, id)).len(), 2);
    }
    let order: Vec<&str> = catalog
        .plans_by_price()
        .iter()
        .map(|plan| plan.id.as_str())
        .collect();
    assert_eq!(order, ["free", "pro", "elite"]);
}

#[test]
fn the_usdot_catalog_has_the_figures_of_its_seed() {
    let catalog = clean(USDOT);
    let expected = [
        ("free", 20, None, None),
        (
            "basic",
            150,
            Some("9.99 USD each month"),
            Some("99.90 USD each year"),
        ),
        (
            "professional",
            500,
            Some("29.99 USD each month"),
            Some("299.90 USD each year"),
        ),
        (
            "enterprise",
            2_000,
            Some("99.99 USD each month"),
            Some("999.90 USD each year"),
        ),
    ];
    let order: Vec<&str> = catalog
        .plans_by_price()
        .iter()
        .map(|plan| plan.id.as_str())
        .collect();
    assert_eq!(order, expected.map(|(id, ..)| id));
    for (id, units, monthly, annual) in expected {
        let plan = plan(&catalog, id);
        assert_eq!(
            plan.entitlements
                .values()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [format!("{units} each billing month, unused units kept")]
        );
        let priced: BTreeMap<&str, String> = [("monthly", monthly), ("annual", annual)]
            .into_iter()
            .filter_map(|(name, price)| Some((name, price?.to_owned())))
            .collect();
        assert_eq!(prices(plan), priced);
        for (feature, draws) in [
            ("image_ocr", true),
            ("usdot_lookup", true),
            ("salesforce_sync", false),
        ] {
            let (feature_id, feature) = catalog.features.get_key_value(feature).unwrap();
            assert!(plan.has(feature_id, feature));
            let meter = feature
                .draw
                .as_ref()
                .map(|draw| (draw.meter.as_str(), draw.cost));
            assert_eq!(meter, draws.then_some(("operations", 1)));
        }
    }
    let topup = catalog.topups.get("extra_operations").unwrap();
    assert_eq!(topup.unit_amount.to_string(), "0.10 USD");
    assert_eq!(
        topup
            .unit_amount
            .times(topup.quantity_min)
            .unwrap()
            .to_string(),
        "0.50 USD"
    );
    assert_eq!(
        (topup.meter.as_str(), topup.expires_days),
        ("operations", None)
    );
}

#[test]
fn stripe_prices_come_from_the_environment() {
    let variable = |name: &str| (name == "STRIPE_PRICE_ID_BASIC").then(|| "price_1".to_owned());
    let catalog = Catalog::parse("plans.toml", USDOT, &variable).unwrap();
    let stripe = |plan_id: &str| {
        plan(&catalog, plan_id)
            .prices
            .values()
            .filter_map(|price| price.stripe_price.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (stripe("basic"), stripe("professional")),
        (vec!["price_1".to_owned()], vec![])
    );
    let (found, price) = catalog.plan_of_stripe_price("price_1").unwrap();
    assert_eq!((found.id.as_str(), price.as_str()), ("basic", "monthly"));
    assert_eq!(catalog.plan_of_stripe_price("price_2"), None);
}

#[test]
fn catalogs_survive_json() {
    let current = Catalog::next_version(None, parse(RESUME));
    let changed = Catalog::next_version(
        Some(&current),
        parse(&RESUME.replace("ats_scan = 2\n", "ats_scan = 9\n")),
    );
    assert_eq!(changed.archived.len(), 1);
    let json = serde_json::to_string(&changed).unwrap();
    assert_eq!(serde_json::from_str::<Catalog>(&json).unwrap(), changed);
}

#[test]
fn the_smallest_catalog_of_the_reference_is_clean() {
    let reference = include_str!("../../../docs/catalog.md");
    let example = reference
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(
        limits(plan(&clean(example), "free")),
        [("ats_scan", Some(3))].into()
    );
}

/// A small catalog without fault; cases add to it.
const BASE: &str = r#"[catalog]
name = "App"
default_plan = "free"
[features.scan]
name = "Scan"
[plans.free]
name = "Free"
[plans.free.limits]
scan = 3
"#;

#[test]
fn every_form_of_a_limit_is_read() {
    let check = |limit: &str, expected: &str| {
        let catalog = parse(&BASE.replace("scan = 3", &format!("scan = {limit}")));
        let shown = plan(&catalog, "free")
            .entitlements
            .values()
            .next()
            .unwrap()
            .to_string();
        assert_eq!(shown, expected, "{limit}");
    };
    check("0", "0 each calendar month");
    check("1_000", "1000 each calendar month");
    check("\"unlimited\"", "unlimited");
    check("{ limit = 5 }", "5 each calendar month");
    check("{ limit = 5, reset = \"never\" }", "5 once");
    check(
        "{ limit = 5, reset = \"minute\", anchor = \"billing\" }",
        "5 each billing minute",
    );
    check(
        "{ limit = 5, reset = \"week\", rollover = \"all\" }",
        "5 each calendar week, unused units kept",
    );
    check(
        "{ limit = 5, rollover = { max = 100, periods = 3 } }",
        "5 each calendar month, at most 100 unused units kept for 3 periods",
    );
    check(
        "{ limit = 5, rollover = { periods = 1 }, on_change = \"prorate\" }",
        "5 each calendar month, unused units kept for 1 period, in proportion after a change of plan",
    );
}

#[test]
fn defaults_hold_for_limits_that_say_nothing_else() {
    let check = |defaults: &str, limit: &str, expected: &str| {
        let text = BASE.replace("scan = 3", &format!("scan = {limit}"));
        let catalog = parse(&format!("{text}\n[defaults]\n{defaults}\n"));
        let shown = plan(&catalog, "free")
            .entitlements
            .values()
            .next()
            .unwrap()
            .to_string();
        assert_eq!(shown, expected);
    };
    check(
        "reset = \"day\"\nanchor = \"billing\"\nrollover = \"all\"",
        "7",
        "7 each billing day, unused units kept",
    );
    check(
        "rollover = \"all\"",
        "{ limit = 7, rollover = \"none\" }",
        "7 each calendar month",
    );
    // Nothing is renewed, so nothing can be kept over a renewal.
    check(
        "rollover = \"all\"",
        "{ limit = 7, reset = \"never\" }",
        "7 once",
    );
    check("reset = \"never\"\nrollover = \"all\"", "7", "7 once");
}

#[test]
fn variables_fill_any_text() {
    let text = BASE.replace("\"App\"", "\"${APP:-Our} service, $${not} a variable\"");
    let variable = |name: &str| (name == "APP").then(|| "My".to_owned());
    assert_eq!(
        Catalog::parse("plans.toml", &text, &variable).unwrap().name,
        "My service, ${not} a variable"
    );
    assert_eq!(parse(&text).name, "Our service, ${not} a variable");
}

/// Wrong and doubtful catalogs: what replaces what in [`BASE`]; nothing, what is added to it.
const WRONG: &[(&str, &str)] = &[
    // The text itself.
    ("", "[catalog"),
    ("", "[plans.free]"),
    ("scan = 3", "scan = 3\nscan = 4"),
    ("name = \"Scan\"", "name = Scan"),
    // Keys that are not known, and sections.
    ("default_plan", "default_plans"),
    ("", "[feature.x]"),
    ("", "[x]"),
    ("name = \"Free\"", "name = \"Free\"\nnotes = \"\""),
    ("[catalog]\nname = \"App\"\ndefault_plan = \"free\"\n", ""),
    (
        "[features.scan]\nname = \"Scan\"",
        "[features]\nscan = \"Scan\"",
    ),
    ("", "[topups]\nextra = 3"),
    (
        "[plans.free]\nname = \"Free\"\n[plans.free.limits]\nscan = 3",
        "[[plans]]",
    ),
    // The head.
    ("name = \"App\"\n", ""),
    ("name = \"App\"", "name = 3"),
    ("name = \"App\"", "name = \" \""),
    ("name = \"App\"", "name = \"${NAME}\""),
    ("name = \"App\"", "name = \"${NAME\""),
    ("default_plan = \"free\"\n", ""),
    ("default_plan = \"free\"", "default_plan = \"fre\""),
    ("default_plan = \"free\"", "default_plan = \"Free\""),
    (
        "default_plan = \"free\"",
        "default_plan = \"free\"\ncurrency = \"dollar\"",
    ),
    (
        "default_plan = \"free\"",
        "default_plan = \"free\"\ntime_zone = \"Mars/Base\"",
    ),
    ("name = \"Free\"", "name = \"Free\"\nis_active = false"),
    (
        "",
        "[plans.free.prices.monthly]\namount = 100\ninterval = \"month\"",
    ),
    // Features and meters.
    ("[features.scan]", "[features.Scan]"),
    ("name = \"Scan\"", ""),
    ("name = \"Scan\"", "name = \"Scan\"\nmeter = \"operations\""),
    ("name = \"Scan\"", "name = \"Scan\"\ncost = 0"),
    ("name = \"Scan\"", "name = \"Scan\"\ncost = 4"),
    ("name = \"Scan\"", "name = \"Scan\"\nmetered = \"no\""),
    (
        "name = \"Scan\"",
        "name = \"Scan\"\nmetered = false\ncost = 2",
    ),
    ("name = \"Scan\"", "name = \"Scan\"\nmetered = false"),
    (
        "",
        "[meters.operations]\nname = \"Operations\"\n[features.ocr]\nname = \"OCR\"\nmeter = \"operations\"\nunit = \"page\"",
    ),
    (
        "",
        "[meters.operations]\nname = \"Operations\"\nunit = \"\"",
    ),
    ("", "[features.export]\nname = \"Export\""),
    (
        "[features.scan]\nname = \"Scan\"\n",
        "[meters.scan]\nname = \"Scan\"\n",
    ),
    // Limits.
    ("scan = 3", "scan = -3"),
    ("scan = 3", "scan = 3.5"),
    ("scan = 3", "scan = \"3\""),
    ("scan = 3", "scan = 1_000_000_000_000_001"),
    ("scan = 3", "scan = {}"),
    ("scan = 3", "scan = { limit = -3 }"),
    ("scan = 3", "scan = { limit = 3, resets = \"day\" }"),
    ("scan = 3", "scan = { limit = 3, reset = \"mnth\" }"),
    ("scan = 3", "scan = { limit = 3, reset = 7 }"),
    (
        "scan = 3",
        "scan = { limit = 3, reset = \"never\", anchor = \"billing\" }",
    ),
    (
        "scan = 3",
        "scan = { limit = 3, reset = \"never\", rollover = \"all\" }",
    ),
    (
        "scan = 3",
        "scan = { limit = 3, reset = \"never\", on_change = \"prorate\" }",
    ),
    (
        "scan = 3",
        "scan = { limit = 3, reset = \"minute\", rollover = \"all\" }",
    ),
    (
        "scan = 3",
        "scan = { limit = 3, reset = \"hour\", rollover = { max = 3 } }",
    ),
    ("scan = 3", "scan = { limit = 3, rollover = {} }"),
    (
        "scan = 3",
        "scan = { limit = 3, rollover = { max = 0, period = 3 } }",
    ),
    ("scan = 3", "scan = { limit = 3, rollover = 5 }"),
    ("scan = 3", "scan = { limit = 3, on_change = \"restart\" }"),
    ("scan = 3", "scam = 3"),
    ("scan = 3", "\"Scan it\" = 3"),
    (
        "",
        "[meters.operations]\nname = \"Operations\"\n[features.ocr]\nname = \"OCR\"\nmeter = \"operations\"\n[plans.pro]\nname = \"Pro\"\nlimits = { ocr = 3 }\nis_active = false",
    ),
    (
        "",
        "[features.sync]\nname = \"Sync\"\nmetered = false\n[plans.pro]\nname = \"Pro\"\nfeatures = [\"sync\"]\nlimits = { sync = 3 }\nis_active = false",
    ),
    ("", "[defaults]\nreset = \"daily\""),
    // Plans.
    ("[plans.free]\nname = \"Free\"", "[plans.free]"),
    ("name = \"Free\"", "name = \"Free\"\ntrial_days = 1000"),
    ("name = \"Free\"", "name = \"Free\"\nfeatures = \"scan\""),
    (
        "name = \"Free\"",
        "name = \"Free\"\nfeatures = [\"scam\", 3]",
    ),
    ("name = \"Free\"", "name = \"Free\"\nfeatures = [\"scam\"]"),
    (
        "name = \"Free\"",
        "name = \"Free\"\nfeatures = [\"scan\"]\nfeatures_off = [\"scan\"]",
    ),
    ("", "[plans.pro]\nname = \"Pro\""),
    (
        "",
        "[features.export]\nname = \"Export\"\n[plans.pro]\nname = \"Pro\"\nis_active = false\nfeatures = [\"export\"]",
    ),
    (
        "name = \"Free\"",
        "name = \"Free\"\nfeatures_off = [\"export\"]\n[features.export]\nname = \"Export\"\n[plans.pro]\nname = \"Pro\"\nis_active = false\nlimits = { export = 1 }",
    ),
    // Prices.
    (
        "",
        "[plans.pro]\nname = \"Pro\"\nlimits = { scan = 9 }\n[plans.pro.prices.monthly]\namount = 9.99",
    ),
    (
        "",
        "[plans.pro]\nname = \"Pro\"\nlimits = { scan = 9 }\n[plans.pro.prices.monthly]\namount = 9\ninterval = \"monthly\"\ncurrency = \"jpy\"",
    ),
    (
        "",
        "[plans.pro]\nname = \"Pro\"\nlimits = { scan = 9 }\n[plans.pro.prices.monthly]\namount = 9\ninterval = \"month\"\nstripe_price = \"prod_1\"\n[plans.pro.prices.annual]\namount = 100_000_000\ninterval = \"year\"\nstripe_price = \"${UNSET}\"",
    ),
    (
        "",
        "[plans.pro]\nname = \"Pro\"\nlimits = { scan = 9 }\n[plans.pro.prices]\na = { amount = 900, interval = \"month\", stripe_price = \"price_1\" }\nb = { amount = 9000, interval = \"year\", stripe_price = \"price_1\" }",
    ),
    // Caps.
    ("", "[[plans.free.caps]]\nmeter = \"scan\""),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 0\nreset = \"day\"\nper = \"user\"",
    ),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scam\"\nlimit = 1\nreset = \"day\"",
    ),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 3\nreset = \"day\"",
    ),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 3\nreset = \"week\"",
    ),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 6\nreset = \"week\"\nper = \"member\"",
    ),
    (
        "",
        "[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 1\nreset = \"day\"\n[[plans.free.caps]]\nmeter = \"scan\"\nlimit = 2\nreset = \"day\"",
    ),
    ("", "[plans.free.caps]\nmeter = \"scan\""),
    // Top-ups.
    ("", "[topups.extra]\nname = \"Extra\""),
    (
        "",
        "[topups.extra]\nname = \"Extra\"\nmeter = \"scam\"\nunit_amount = 0",
    ),
    (
        "",
        "[topups.extra]\nname = \"Extra\"\nmeter = \"scan\"\nunit_amount = 10\nquantity_min = 3\nquantity_max = 2\nexpires_days = 0",
    ),
    (
        "",
        "[topups.extra]\nname = \"Extra\"\nmeter = \"scan\"\nunit_amount = 100\nquantity_min = 3\nquantity_max = 2",
    ),
    (
        "",
        "[topups.extra]\nname = \"Extra\"\nmeter = \"scan\"\nunit_amount = 15\nquantity_max = 10_000_000",
    ),
];

/// Each case and every message that it gets; review the snapshot like code.
#[test]
fn wrong_catalogs_say_what_to_write() {
    let mut shown = String::new();
    for (from, to) in WRONG {
        let (line, text) = if from.is_empty() {
            (BASE.lines().count() + 1, format!("{BASE}{to}\n"))
        } else {
            let (before, after) = BASE.split_once(from).expect("the case fits the base");
            (before.lines().count() + 1, format!("{before}{to}{after}"))
        };
        let problems = match Catalog::parse_with_warnings("plans.toml", &text, &unset) {
            Ok((_, warnings)) => warnings,
            Err(problems) => problems,
        };
        for (offset, changed) in to.lines().enumerate() {
            writeln!(shown, "{:>3} | {changed}", line + offset).unwrap();
        }
        let said = if problems.is_empty() {
            "(fine)".to_owned()
        } else {
            show(&problems)
        };
        writeln!(shown, "{said}\n").unwrap();
    }
    insta::assert_snapshot!("wrong_catalogs", shown);
}

proptest! {
    /// Whatever is done to a catalog's text, reading it ends with an answer and a place in the text.
    #[test]
    fn mangled_catalogs_never_panic(
        at in 0..USDOT.len(),
        cut in 0..40_usize,
        put in "[a-z\\[\\]{}\"=.$ü\n0-9-]{0,6}",
    ) {
        let start = USDOT.floor_char_boundary(at);
        let end = USDOT.floor_char_boundary((at + cut).min(USDOT.len())).max(start);
        let text = format!("{}{put}{}", &USDOT[..start], &USDOT[end..]);
        if let Err(problems) = Catalog::parse("plans.toml", &text, &unset) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                let place = problem.place.expect("it was read from a text");
                prop_assert!((1..=text.lines().count() + 1).contains(&place.line));
            }
        }
    }
}

fn applied(text: &str) -> Catalog {
    Catalog::next_version(None, parse(text))
}

fn changes(from: &Catalog, to: &str) -> String {
    from.diff(&parse(to))
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn changes_say_who_is_affected() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        assert!(USDOT.contains(from), "the case fits the catalog: {from}");
        assert_eq!(
            changes(&applied(USDOT), &USDOT.replace(from, to)),
            expected.join("\n"),
            "{to}"
        );
    };
    check("", "", &[]);
    check(
        "operations = 20 ",
        "operations = 25 ",
        &[
            "~ plan \"free\": limits.operations: 20 each billing month, unused units kept → 25 each billing month, unused units kept (customers on version 1 keep 20; new ones get 25)",
        ],
    );
    check(
        "amount = 999 ",
        "amount = 899 ",
        &[
            "~ plan \"basic\": prices.monthly: 9.99 USD each month → 8.99 USD each month (customers on version 1 keep 9.99 USD each month; new ones get 8.99 USD each month)",
        ],
    );
    check(
        "name = \"Basic\"",
        "name = \"Starter\"\ntrial_days = 7\nis_active = false",
        &[
            "~ plan \"basic\": is_active: true → false (nobody can choose it any more; who has it keeps it)",
            "~ plan \"basic\": name: Basic → Starter (everyone on the newest version sees it at once)",
            "~ plan \"basic\": trial_days: 0 → 7 (first subscriptions from now on)",
        ],
    );
    check(
        "description = \"For a desk.\"\nfeatures = [\"image_ocr\", \"usdot_lookup\", \"salesforce_sync\"]",
        "features = [\"image_ocr\", \"usdot_lookup\"]\ncaps = [{ meter = \"operations\", limit = 30, reset = \"day\", per = \"member\" }]",
        &[
            "+ plan \"basic\": caps.operations per member each calendar day: 30 (customers on version 1 do not get it; new ones do)",
            "- plan \"basic\": description: For a desk. (everyone on the newest version sees it at once)",
            "- plan \"basic\": features.salesforce_sync: on (customers on version 1 keep it; new ones do not get it)",
        ],
    );
    check(
        "stripe_price = \"${STRIPE_PRICE_ID_BASIC}\"",
        "stripe_price = \"price_1\"",
        &[
            "+ plan \"basic\": prices.monthly.stripe_price: price_1 (purchases from now on; running subscriptions stay as they are)",
        ],
    );
    check(
        "unit_amount = 10 ",
        "unit_amount = 20 ",
        &[
            "~ top-up \"extra_operations\": unit_amount: 0.10 USD → 0.20 USD (purchases from now on; units already bought stay as they are)",
        ],
    );
    check(
        "[features.usdot_lookup]\nname = \"Manual USDOT input\"\nmeter = \"operations\"\n",
        "[features.usdot_lookup]\nname = \"Manual USDOT input\"\nmeter = \"operations\"\ncost = 2\n[features.export]\nname = \"Export\"\nmeter = \"operations\"\n",
        &[
            "+ feature \"export\" (customers on \"basic\", \"enterprise\", \"free\", \"professional\")",
            "~ feature \"usdot_lookup\": cost: 1 → 2 (everyone at once, whatever their plan's version)",
        ],
    );
    check(
        "time_zone = \"UTC\"",
        "time_zone = \"Europe/Berlin\"",
        &[
            "~ catalog: time_zone: UTC → Europe/Berlin (customers without a time zone of their own, from their next reset on)",
        ],
    );
}

#[test]
fn plans_that_come_and_go_are_told() {
    let without = USDOT.replace("[plans.basic", "[plans.starter");
    assert_eq!(
        changes(&applied(USDOT), &without),
        "- plan \"basic\" (nobody can choose it any more; customers on version 1 keep it)\n\
         + plan \"starter\" (can be chosen from now on)"
    );
}

#[test]
fn changes_are_the_same_as_json() {
    let changes = applied(USDOT).diff(&parse(
        &USDOT.replace("unit_amount = 10 ", "unit_amount = 20 "),
    ));
    let json = serde_json::to_value(&changes).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{
            "subject": "topup",
            "id": "extra_operations",
            "action": "changed",
            "field": "unit_amount",
            "before": "0.10 USD",
            "after": "0.20 USD",
            "effect": "purchases from now on; units already bought stay as they are",
        }])
    );
    assert_eq!(
        serde_json::from_value::<Vec<Change>>(json).unwrap(),
        changes
    );
    assert_eq!(
        (changes[0].subject, changes[0].action),
        (Subject::TopUp, Action::Changed)
    );
}

#[test]
fn versions_count_what_customers_were_promised() {
    let basic = PlanId::new("basic").unwrap();
    let version = |catalog: &Catalog| {
        (
            catalog.version,
            catalog.plans.get(&basic).map(|plan| plan.version),
        )
    };
    let archive = |catalog: &Catalog| {
        catalog
            .archived
            .keys()
            .map(|(id, version)| format!("{id} {version}"))
            .collect::<Vec<_>>()
    };
    let next = |current: &Catalog, text: &str| Catalog::next_version(Some(current), parse(text));

    let first = applied(USDOT);
    assert_eq!((version(&first), archive(&first).len()), ((1, Some(1)), 0));
    // Applying the same again changes nothing.
    assert_eq!(next(&first, USDOT), first);
    assert_eq!(first.diff(&parse(USDOT)), []);

    // A new name is no new promise.
    let renamed = next(&first, &USDOT.replace("\"Basic\"", "\"Starter\""));
    assert_eq!(
        (version(&renamed), archive(&renamed).len()),
        ((2, Some(1)), 0)
    );
    assert_eq!(plan(&renamed, "basic").name, "Starter");

    // Another limit is; the older version stays for those who have it.
    let more = USDOT.replace("operations = 150 ", "operations = 200 ");
    let raised = next(&first, &more);
    assert_eq!(
        (version(&raised), archive(&raised)),
        ((2, Some(2)), vec!["basic 1".to_owned()])
    );
    let older = raised.plan(&basic, 1).unwrap();
    assert_eq!(limits(older), [("operations", Some(150))].into());
    assert!(!older.is_active);
    assert_eq!(
        limits(raised.plan(&basic, 2).unwrap()),
        [("operations", Some(200))].into()
    );
    assert_eq!(raised.plan(&basic, 3), None);
    assert_eq!(next(&raised, &more), raised);

    // Gone, and back as it was: the same version again.
    let gone = next(&raised, &USDOT.replace("[plans.basic", "[plans.starter"));
    assert_eq!(
        (version(&gone), archive(&gone)),
        ((3, None), vec!["basic 1".to_owned(), "basic 2".to_owned()])
    );
    let back = next(&gone, &more);
    assert_eq!(version(&back), (4, Some(2)));
    assert_eq!(archive(&back), ["basic 1", "starter 1"]);
    assert!(plan(&back, "basic").is_active);

    // Back as it once was before: a new version all the same, as versions only go up.
    let reverted = next(&raised, USDOT);
    assert_eq!(
        (version(&reverted), archive(&reverted)),
        (
            (3, Some(3)),
            vec!["basic 1".to_owned(), "basic 2".to_owned()]
        )
    );
}

#[test]
fn stripe_prices_that_are_known_stay_known() {
    let with_key = |name: &str| (name == "STRIPE_PRICE_ID_BASIC").then(|| "price_1".to_owned());
    let first = Catalog::next_version(
        None,
        Catalog::parse("plans.toml", USDOT, &with_key).unwrap(),
    );
    assert_eq!(Catalog::next_version(Some(&first), parse(USDOT)), first);
    // Another amount is another price.
    let dearer = Catalog::next_version(
        Some(&first),
        parse(&USDOT.replace("amount = 999 ", "amount = 1099 ")),
    );
    assert_eq!(
        plan(&dearer, "basic")
            .prices
            .get("monthly")
            .unwrap()
            .stripe_price,
        None
    );
    let (archived, _) = dearer.plan_of_stripe_price("price_1").unwrap();
    assert_eq!((archived.id.as_str(), archived.version), ("basic", 1));
}
