//! Reads a catalog from the text of `plans.toml` (`docs/catalog.md` is its reference).

use super::document::{Document, Section, place};
use super::problem::{Problem, Severity};
use super::{Catalog, Draw, Feature, Meter, TopUp};
use crate::id::{FeatureId, IdError, MeterId, PlanId, PriceId, TopUpId};
use crate::money::{Currency, Money};
use crate::period::TimeZone;
use crate::plan::{
    Anchor, BillingInterval, Cadence, Cap, CapScope, Entitlement, Limit, OnChange, Plan, Price,
    Reset, Rollover, UNITS_MAX,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The longest text that is read.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The longest trial, which is Stripe's.
const TRIAL_DAYS_MAX: u64 = 730;

/// The latest expiry of bought units: a hundred years.
const EXPIRES_DAYS_MAX: u64 = 36_500;

/// The most units of one top-up purchase when the file names no other.
const QUANTITY_MAX_DEFAULT: u64 = 10_000;

const CADENCES: [(&str, Option<Cadence>); 7] = [
    ("minute", Some(Cadence::Minute)),
    ("hour", Some(Cadence::Hour)),
    ("day", Some(Cadence::Day)),
    ("week", Some(Cadence::Week)),
    ("month", Some(Cadence::Month)),
    ("year", Some(Cadence::Year)),
    ("never", None),
];
const ANCHORS: [(&str, Anchor); 2] = [("calendar", Anchor::Calendar), ("billing", Anchor::Billing)];
const ON_CHANGES: [(&str, OnChange); 3] = [
    ("keep", OnChange::Keep),
    ("reset", OnChange::Reset),
    ("prorate", OnChange::Prorate),
];
const ROLLOVERS: [(&str, Rollover); 2] = [
    ("none", Rollover::None),
    (
        "all",
        Rollover::Keep {
            units_max: None,
            periods_max: None,
        },
    ),
];
const INTERVALS: [(&str, BillingInterval); 2] = [
    ("month", BillingInterval::Month),
    ("year", BillingInterval::Year),
];
const SCOPES: [(&str, CapScope); 2] = [
    ("customer", CapScope::Customer),
    ("member", CapScope::EachMember),
];

impl Catalog {
    /// Reads `text`, which messages call `file_name`, and checks it. `variable` gives the values
    /// for `${NAME}`. Every plan is version 1 and the catalog version 0, until
    /// [`Catalog::next_version`] places it after the one in use.
    ///
    /// All errors that can be found at once are returned, in the order of the file.
    pub fn parse(
        file_name: &str,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Catalog, Vec<Problem>> {
        Self::parse_with_warnings(file_name, text, variable).map(|(catalog, _)| catalog)
    }

    /// As [`Catalog::parse`], and gives the warnings too.
    pub fn parse_with_warnings(
        file_name: &str,
        text: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Catalog, Vec<Problem>), Vec<Problem>> {
        let unreadable = |at, message| Problem {
            severity: Severity::Error,
            path: String::new(),
            place: Some(place(file_name, text, at)),
            message,
        };
        if text.len() > TEXT_BYTES_MAX {
            let message = format!(
                "a catalog has at most {TEXT_BYTES_MAX} bytes, this has {}",
                text.len()
            );
            return Err(vec![unreadable(0, message)]);
        }
        let (root, mut errors) = DeTable::parse_recoverable(text);
        errors.sort_by_key(|error| error.span().map(|span| span.start));
        if !errors.is_empty() {
            return Err(errors
                .into_iter()
                .map(|error| {
                    let span = error.span().unwrap_or_default();
                    let message = match (error.message(), text.get(span.clone())) {
                        ("duplicate key", Some(key)) => {
                            format!("{key:?} stands here a second time; remove one")
                        }
                        (message, _) => message.to_owned(),
                    };
                    unreadable(span.start, message)
                })
                .collect());
        }
        let document = Document::new(file_name, text, root.get_ref(), variable);
        let catalog = read(&Section::root(&document, root.get_ref()));
        // What was misread would only be reported a second time, as something missing.
        if !document.has_errors() {
            for problem in catalog.check() {
                document.add(problem);
            }
        }
        if document.has_errors() {
            // A warning may only follow from an error, as that nobody can use a mistyped feature.
            let mut problems = document.into_problems();
            problems.retain(|problem| problem.severity == Severity::Error);
            Err(problems)
        } else {
            Ok((catalog, document.into_problems()))
        }
    }
}

/// What a limit is where it says nothing else.
#[derive(Clone, Copy)]
struct Defaults {
    cadence: Option<Cadence>,
    anchor: Anchor,
    rollover: Rollover,
    on_change: OnChange,
}

/// Reads the whole file; parts that are wrong are left out and noted.
fn read(root: &Section<'_>) -> Catalog {
    let head = root.section("catalog", "catalog".to_owned());
    if head.is_none() && root.value("catalog").is_none() {
        root.wrong("the section [catalog] is missing; begin with [catalog] and name = \"My app\"");
    }
    let mut catalog = Catalog {
        version: 0,
        name: String::new(),
        default_plan: None,
        currency: Currency::USD,
        time_zone: TimeZone::UTC,
        features: BTreeMap::new(),
        meters: BTreeMap::new(),
        plans: BTreeMap::new(),
        archived: BTreeMap::new(),
        topups: BTreeMap::new(),
    };
    if let Some(head) = head {
        catalog.name = head.required("name", "\"My app\"").unwrap_or_default();
        catalog.default_plan = head.parsed("default_plan", "\"free\"", PlanId::new);
        catalog.currency = currency(&head).unwrap_or(catalog.currency);
        catalog.time_zone = head
            .parsed("time_zone", "\"Europe/Berlin\"", |name| {
                TimeZone::new(name).map_err(|_| format!("{name:?} is not an IANA time zone"))
            })
            .unwrap_or(TimeZone::UTC);
        head.finish();
    }
    let defaults = read_defaults(root);
    for (name, section) in root.sections("meters", |name| format!("meter {name:?}")) {
        if let (Some(id), Some(meter)) = (id(&section, &name, MeterId::new), read_meter(&section)) {
            catalog.meters.insert(id, meter);
        }
        section.finish();
    }
    for (name, section) in root.sections("features", |name| format!("feature {name:?}")) {
        read_feature(&name, &section, &mut catalog);
        section.finish();
    }
    for (name, section) in root.sections("plans", |name| format!("plan {name:?}")) {
        if let Some(plan) = read_plan(&name, &section, catalog.currency, defaults) {
            catalog.plans.insert(plan.id.clone(), Arc::new(plan));
        }
        section.finish();
    }
    for (name, section) in root.sections("topups", |name| format!("top-up {name:?}")) {
        let topup = read_topup(&section, catalog.currency);
        if let (Some(id), Some(topup)) = (id(&section, &name, TopUpId::new), topup) {
            catalog.topups.insert(id, topup);
        }
        section.finish();
    }
    root.finish();
    catalog
}

/// The section's name as an id.
fn id<T>(section: &Section<'_>, name: &str, new: fn(&str) -> Result<T, IdError>) -> Option<T> {
    new(name)
        .inspect_err(|error| section.wrong(&error.to_string()))
        .ok()
}

fn currency(section: &Section<'_>) -> Option<Currency> {
    section.parsed("currency", "\"usd\"", |code| {
        Currency::new(code).ok_or_else(|| format!("{code:?} is not a currency of three letters"))
    })
}

fn read_defaults(root: &Section<'_>) -> Defaults {
    let mut defaults = Defaults {
        cadence: Some(Cadence::Month),
        anchor: Anchor::Calendar,
        rollover: Rollover::None,
        on_change: OnChange::Keep,
    };
    if let Some(section) = root.section("defaults", "defaults".to_owned()) {
        defaults.cadence = section
            .choice("reset", &CADENCES)
            .unwrap_or(defaults.cadence);
        defaults.anchor = section
            .choice("anchor", &ANCHORS)
            .unwrap_or(defaults.anchor);
        defaults.rollover = read_rollover(&section).unwrap_or(defaults.rollover);
        defaults.on_change = section
            .choice("on_change", &ON_CHANGES)
            .unwrap_or(defaults.on_change);
        section.finish();
    }
    defaults
}

fn read_meter(section: &Section<'_>) -> Option<Meter> {
    let name = section.required("name", "\"Operations\"");
    let unit = section.filled("unit", "\"operation\"");
    Some(Meter {
        name: name?,
        unit: unit.unwrap_or_else(|| "unit".to_owned()),
    })
}

/// Reads a feature, and makes its own meter when it names no other.
fn read_feature(name: &str, section: &Section<'_>, catalog: &mut Catalog) {
    let id = id(section, name, FeatureId::new);
    let people_read = section.required("name", "\"ATS scan\"");
    let is_metered = section.flag("metered").unwrap_or(true);
    let meter = section.parsed("meter", "\"operations\"", MeterId::new);
    let unit = section.filled("unit", "\"scan\"");
    let cost = section.whole("cost", "units", 1..=UNITS_MAX, 1);
    if !is_metered {
        for key in ["meter", "unit", "cost"] {
            if section.value(key).is_some() {
                let message =
                    format!("a feature with metered = false has no {key}; remove one of them");
                section.wrong_at(section.at_key(key), &message);
            }
        }
    }
    let names_meter = section.value("meter").is_some();
    if names_meter && section.value("unit").is_some() {
        let message = "unit belongs to the meter that the feature draws on; move it to [meters.…]";
        section.wrong_at(section.at_key("unit"), message);
    }
    let (Some(id), Some(people_read)) = (id, people_read) else {
        return;
    };
    let draw = is_metered.then(|| {
        let own = || MeterId::new(name).expect("a feature's id can name a meter");
        Draw {
            meter: meter.unwrap_or_else(own),
            cost: cost.unwrap_or(1),
        }
    });
    if let Some(draw) = draw.as_ref().filter(|_| !names_meter) {
        catalog
            .meters
            .entry(draw.meter.clone())
            .or_insert_with(|| Meter {
                name: people_read.clone(),
                unit: unit.unwrap_or_else(|| "use".to_owned()),
            });
    }
    catalog.features.insert(
        id,
        Feature {
            name: people_read,
            draw,
        },
    );
}

fn read_plan(
    name: &str,
    section: &Section<'_>,
    currency: Currency,
    defaults: Defaults,
) -> Option<Plan> {
    let id = id(section, name, PlanId::new);
    let people_read = section.required("name", "\"Pro\"");
    let description = section.text("description", "\"For people who apply every week.\"");
    let is_active = section.flag("is_active");
    let trial_days = section.whole("trial_days", "days", 0..=TRIAL_DAYS_MAX, 14);
    let entitlements = read_limits(name, section, defaults);
    let switches = read_switches(section);
    let prices = read_prices(name, section, currency);
    let caps = section
        .list("caps", |index| format!("plan {name:?}, cap {}", index + 1))
        .iter()
        .filter_map(read_cap)
        .collect();
    Some(Plan {
        id: id?,
        version: 1,
        name: people_read?,
        description: description.unwrap_or_default(),
        is_active: is_active.unwrap_or(true),
        trial_days: trial_days
            .and_then(|days| u32::try_from(days).ok())
            .unwrap_or(0),
        prices,
        entitlements,
        switches,
        caps,
    })
}

fn read_switches(section: &Section<'_>) -> BTreeMap<FeatureId, bool> {
    let mut switches = BTreeMap::new();
    for (key, is_on) in [("features", true), ("features_off", false)] {
        for (at, name) in section.texts(key, "[\"ats_scan\"]") {
            match FeatureId::new(&name) {
                Ok(feature) => {
                    if switches.insert(feature, is_on) == Some(!is_on) {
                        let message =
                            format!("{name:?} stands in features and in features_off; remove one");
                        section.wrong_at(at, &message);
                    }
                }
                Err(error) => section.wrong_at(at, &format!("{key}: {error}")),
            }
        }
    }
    switches
}

fn read_limits(
    plan: &str,
    section: &Section<'_>,
    defaults: Defaults,
) -> BTreeMap<MeterId, Entitlement> {
    let mut entitlements = BTreeMap::new();
    let Some(limits) = section.section("limits", format!("plan {plan:?}, limits")) else {
        return entitlements;
    };
    for (name, at, value) in limits.entries() {
        let meter = MeterId::new(name).inspect_err(|error| limits.wrong_at(at, &error.to_string()));
        let what = format!("plan {plan:?}, limit {name:?}");
        let entitlement = read_entitlement(name, at, value, section, what, defaults);
        if let (Ok(meter), Some(entitlement)) = (meter, entitlement) {
            entitlements.insert(meter, entitlement);
        }
    }
    entitlements
}

/// A limit: `"unlimited"`, a number, or a table with a number and more.
fn read_entitlement<'a>(
    name: &str,
    at: usize,
    value: &'a Spanned<DeValue<'a>>,
    plan: &Section<'a>,
    what: String,
    defaults: Defaults,
) -> Option<Entitlement> {
    match value.get_ref() {
        DeValue::String(text) if text == "unlimited" => Some(Entitlement::Unlimited),
        DeValue::Table(_) => {
            let section = plan.section_of(value, what, at)?;
            let limit = read_limit(&section, defaults);
            section.finish();
            limit.map(Entitlement::Limited)
        }
        DeValue::String(text) => {
            let message = format!(
                "{name} must be a number, a table or \"unlimited\", such as {name} = 20; found {text:?}"
            );
            plan.wrong_at(value.span().start, &message);
            None
        }
        _ => {
            let example = format!("{name} = 20");
            let units = plan.whole_of(name, value, "units", 0..=UNITS_MAX, &example)?;
            Some(Entitlement::Limited(Limit {
                units,
                reset: reset(defaults.cadence, defaults.anchor),
                rollover: defaults
                    .cadence
                    .map_or(Rollover::None, |_| defaults.rollover),
                on_change: defaults.on_change,
            }))
        }
    }
}

fn read_limit(section: &Section<'_>, defaults: Defaults) -> Option<Limit> {
    if section.value("limit").is_none() {
        section.missing("limit", "20");
    }
    let units = section.whole("limit", "units", 0..=UNITS_MAX, 20);
    let cadence = section
        .choice("reset", &CADENCES)
        .unwrap_or(defaults.cadence);
    let anchor = section.choice("anchor", &ANCHORS);
    let rollover = read_rollover(section);
    let on_change = section
        .choice("on_change", &ON_CHANGES)
        .unwrap_or(defaults.on_change);
    if cadence.is_none() && anchor.is_some() {
        let message = "anchor means nothing for units that are never renewed; remove it or write another reset";
        section.wrong_at(section.at_key("anchor"), message);
    }
    // The defaults are for limits that are renewed; only what stands here can contradict itself.
    let inherited = cadence.map_or(Rollover::None, |_| defaults.rollover);
    Some(Limit {
        units: units?,
        reset: reset(cadence, anchor.unwrap_or(defaults.anchor)),
        rollover: rollover.unwrap_or(inherited),
        on_change,
    })
}

fn reset(cadence: Option<Cadence>, anchor: Anchor) -> Reset {
    cadence.map_or(Reset::Never, |cadence| Reset::Every { cadence, anchor })
}

/// `"none"`, `"all"`, or a table with bounds.
fn read_rollover(section: &Section<'_>) -> Option<Rollover> {
    let value = section.value("rollover")?;
    match value.get_ref() {
        DeValue::Table(_) => {
            let bounds = section.section("rollover", section.describe("rollover"))?;
            let units_max = bounds.whole("max", "units", 1..=UNITS_MAX, 100);
            let periods_max = bounds.whole("periods", "periods", 1..=u64::from(u32::MAX), 3);
            if bounds.value("max").is_none() && bounds.value("periods").is_none() {
                bounds.wrong(
                    "name max, periods or both, such as { max = 100 }, or write rollover = \"all\"",
                );
            }
            bounds.finish();
            let periods_max = periods_max.and_then(|periods| u32::try_from(periods).ok());
            Some(Rollover::Keep {
                units_max,
                periods_max,
            })
        }
        DeValue::String(_) => section.choice("rollover", &ROLLOVERS),
        _ => {
            let expected =
                "rollover must be \"none\", \"all\" or a table, such as { max = 100, periods = 3 }";
            section.mistyped(value, expected);
            None
        }
    }
}

fn read_prices(plan: &str, section: &Section<'_>, currency: Currency) -> BTreeMap<PriceId, Price> {
    let mut prices = BTreeMap::new();
    for (name, section) in
        section.sections("prices", |name| format!("plan {plan:?}, price {name:?}"))
    {
        let price = read_price(&section, currency);
        if let (Some(id), Some(price)) = (id(&section, &name, PriceId::new), price) {
            prices.insert(id, price);
        }
        section.finish();
    }
    prices
}

fn read_price(section: &Section<'_>, default: Currency) -> Option<Price> {
    let amount = read_amount(section, "amount", default, 999);
    if section.value("interval").is_none() {
        section.missing("interval", "\"month\"");
    }
    let interval = section.choice("interval", &INTERVALS);
    let stripe_price = section.optional_variable("stripe_price", "\"${STRIPE_PRICE_ID_PRO}\"");
    Some(Price {
        amount: amount?,
        interval: interval?,
        stripe_price,
    })
}

/// An amount of the section's own currency, or else of the catalog's.
fn read_amount(
    section: &Section<'_>,
    key: &'static str,
    default: Currency,
    example: u64,
) -> Option<Money> {
    if section.value(key).is_none() {
        section.missing(key, &example.to_string());
    }
    let currency = currency(section).unwrap_or(default);
    let unit = match currency.decimals() {
        0 => "the currency's units".to_owned(),
        decimals => format!(
            "the currency's smallest units (1/{} each)",
            10_u64.pow(decimals)
        ),
    };
    let minor = section.whole(key, &unit, 0..=UNITS_MAX, example)?;
    Some(Money { minor, currency })
}

fn read_cap(section: &Section<'_>) -> Option<Cap> {
    for (key, example) in [
        ("meter", "\"operations\""),
        ("limit", "50"),
        ("reset", "\"day\""),
    ] {
        if section.value(key).is_none() {
            section.missing(key, example);
        }
    }
    let meter = section.parsed("meter", "\"operations\"", MeterId::new);
    let units = section.whole("limit", "units", 1..=UNITS_MAX, 50);
    let cadence = section.choice("reset", &CADENCES);
    let anchor = section.choice("anchor", &ANCHORS).unwrap_or_default();
    let scope = section.choice("per", &SCOPES).unwrap_or(CapScope::Customer);
    section.finish();
    Some(Cap {
        meter: meter?,
        units: units?,
        reset: reset(cadence?, anchor),
        scope,
    })
}

fn read_topup(section: &Section<'_>, currency: Currency) -> Option<TopUp> {
    let name = section.required("name", "\"Extra operations\"");
    if section.value("meter").is_none() {
        section.missing("meter", "\"operations\"");
    }
    let meter = section.parsed("meter", "\"operations\"", MeterId::new);
    let unit_amount = read_amount(section, "unit_amount", currency, 10);
    let quantity_min = section.whole("quantity_min", "units", 1..=UNITS_MAX, 5);
    let quantity_max = section.whole("quantity_max", "units", 1..=UNITS_MAX, QUANTITY_MAX_DEFAULT);
    let expires_days = section.whole("expires_days", "days", 1..=EXPIRES_DAYS_MAX, 365);
    Some(TopUp {
        name: name?,
        meter: meter?,
        unit_amount: unit_amount?,
        quantity_min: quantity_min.unwrap_or(1),
        quantity_max: quantity_max.unwrap_or(QUANTITY_MAX_DEFAULT),
        expires_days: expires_days.and_then(|days| u32::try_from(days).ok()),
    })
}
