//! What changes from one catalog to the next, whom it concerns, and how versions are counted.

use super::{Catalog, Feature, Meter, TopUp};
use crate::id::PlanId;
use crate::plan::{CapScope, Plan};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// One difference between two catalogs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind of thing changes.
    pub subject: Subject,
    /// Which one; empty for the catalog itself.
    #[serde(default)]
    pub id: String,
    /// What happens to it, or to the field.
    pub action: Action,
    /// Which part of it, such as `limits.ats_scan`; `None` for all of it.
    #[serde(default)]
    pub field: Option<String>,
    /// What it was, as people read it.
    #[serde(default)]
    pub before: Option<String>,
    /// What it becomes, as people read it.
    #[serde(default)]
    pub after: Option<String>,
    /// Who is affected, and how.
    pub effect: String,
}

/// What kind of thing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The catalog itself: its name, currency, time zone, default plan.
    Catalog,
    /// A meter.
    Meter,
    /// A feature.
    Feature,
    /// A plan.
    Plan,
    /// A top-up.
    #[serde(rename = "topup")]
    TopUp,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Added,
    /// It is another.
    Changed,
    /// It is gone.
    Removed,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Subject::Catalog => "catalog",
            Subject::Meter => "meter",
            Subject::Feature => "feature",
            Subject::Plan => "plan",
            Subject::TopUp => "top-up",
        })
    }
}

impl fmt::Display for Change {
    /// One line: `~ plan "free": limits.ats_scan: 2 each calendar month → 3 … (customers on …)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Added => '+',
            Action::Changed => '~',
            Action::Removed => '-',
        };
        write!(f, "{sign} {}", self.subject)?;
        if !self.id.is_empty() {
            write!(f, " {:?}", self.id)?;
        }
        if let Some(field) = &self.field {
            write!(f, ": {field}")?;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, ": {before} → {after}")?,
            (Some(only), None) | (None, Some(only)) => write!(f, ": {only}")?,
            (None, None) => {}
        }
        write!(f, " ({})", self.effect)
    }
}

impl Catalog {
    /// What changes when `newer` takes the place of this catalog, field by field, and who is
    /// affected. Empty when applying it would change nothing.
    pub fn diff(&self, newer: &Catalog) -> Vec<Change> {
        let newer = &Catalog::next_version(Some(self), newer.clone());
        let mut changes = Vec::new();
        let catalog = [(String::new(), self)].into();
        let newer_catalog = [(String::new(), newer)].into();
        compare(
            Subject::Catalog,
            &catalog,
            &newer_catalog,
            newer,
            &mut changes,
        );
        compare(
            Subject::Meter,
            &by_id(&self.meters),
            &by_id(&newer.meters),
            newer,
            &mut changes,
        );
        compare(
            Subject::Feature,
            &by_id(&self.features),
            &by_id(&newer.features),
            newer,
            &mut changes,
        );
        let plans = |catalog: &'_ Catalog| {
            catalog
                .plans
                .iter()
                .map(|(id, plan)| (id.to_string(), Arc::clone(plan)))
                .collect()
        };
        let (plans, newer_plans): (BTreeMap<_, Arc<Plan>>, BTreeMap<_, Arc<Plan>>) =
            (plans(self), plans(newer));
        compare(
            Subject::Plan,
            &as_refs(&plans),
            &as_refs(&newer_plans),
            newer,
            &mut changes,
        );
        compare(
            Subject::TopUp,
            &by_id(&self.topups),
            &by_id(&newer.topups),
            newer,
            &mut changes,
        );
        changes
    }

    /// The catalog that takes the place of `current` when `new` is applied.
    ///
    /// - A plan that gives or costs something else than before is a new version; the older one
    ///   moves to `archived`, for the customers that have it.
    /// - A plan that gives and costs the same keeps its version, and what it is called may change.
    /// - A plan that is gone moves to `archived`; one that comes back counts on from there.
    /// - A Stripe price that `new` does not know stays known while its amount and rhythm stay.
    /// - The same content gives the same version: applying a file twice changes nothing.
    pub fn next_version(current: Option<&Catalog>, new: Catalog) -> Catalog {
        let none = Catalog {
            plans: BTreeMap::new(),
            archived: BTreeMap::new(),
            version: 0,
            ..new.clone()
        };
        let old = current.unwrap_or(&none);
        let mut archived = old.archived.clone();
        let mut plans = BTreeMap::new();
        for (id, plan) in new.plans {
            let newest = old.plans.get(&id).or_else(|| newest_archived(old, &id));
            let mut plan = Arc::unwrap_or_clone(plan);
            plan.version = match newest {
                Some(newest) => {
                    keep_stripe_prices(&mut plan, newest);
                    if plan.promises_same(newest) {
                        newest.version
                    } else {
                        newest.version.saturating_add(1)
                    }
                }
                None => 1,
            };
            archived.remove(&(id.clone(), plan.version));
            plans.insert(id, Arc::new(plan));
        }
        for (id, plan) in &old.plans {
            if plans
                .get(id)
                .is_none_or(|newer| newer.version != plan.version)
            {
                let retired = Plan {
                    is_active: false,
                    ..Plan::clone(plan)
                };
                archived.insert((id.clone(), plan.version), Arc::new(retired));
            }
        }
        let next = Catalog {
            version: old.version,
            plans,
            archived,
            ..new
        };
        let is_same = current.is_some_and(|current| *current == next);
        let version = if is_same {
            next.version
        } else {
            next.version.saturating_add(1)
        };
        Catalog { version, ..next }
    }
}

/// The highest archived version of a plan.
fn newest_archived<'a>(catalog: &'a Catalog, id: &PlanId) -> Option<&'a Arc<Plan>> {
    let versions = (id.clone(), 0)..=(id.clone(), u32::MAX);
    catalog
        .archived
        .range(versions)
        .next_back()
        .map(|(_, plan)| plan)
}

/// Keeps what is known of Stripe, so that a catalog read without its keys loses nothing.
fn keep_stripe_prices(plan: &mut Plan, older: &Plan) {
    for (id, price) in &mut plan.prices {
        if let Some(known) = older
            .prices
            .get(id)
            .filter(|known| known.charges_same(price))
        {
            price.stripe_price = price
                .stripe_price
                .take()
                .or_else(|| known.stripe_price.clone());
        }
    }
}

fn by_id<K: fmt::Display, T>(items: &BTreeMap<K, T>) -> BTreeMap<String, &T> {
    items
        .iter()
        .map(|(id, item)| (id.to_string(), item))
        .collect()
}

fn as_refs(plans: &BTreeMap<String, Arc<Plan>>) -> BTreeMap<String, &Plan> {
    plans
        .iter()
        .map(|(id, plan)| (id.clone(), plan.as_ref()))
        .collect()
}

/// Something that can be compared field by field.
trait Item {
    /// Its fields as people read them.
    fn fields(&self) -> BTreeMap<String, String>;

    /// Who is affected when it comes, in the catalog `newer`.
    fn effect_added(&self, id: &str, newer: &Catalog) -> String;

    /// Who is affected when it goes.
    fn effect_removed(&self) -> String;

    /// Who is affected when `field` changes.
    fn effect_changed(&self, field: &str, before: Option<&str>, after: Option<&str>) -> String;
}

fn compare<T: Item>(
    subject: Subject,
    old: &BTreeMap<String, &T>,
    new: &BTreeMap<String, &T>,
    newer: &Catalog,
    changes: &mut Vec<Change>,
) {
    let ids: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let whole = |action, effect| Change {
            subject,
            id: id.clone(),
            action,
            field: None,
            before: None,
            after: None,
            effect,
        };
        match (old.get(id), new.get(id)) {
            (Some(item), None) => changes.push(whole(Action::Removed, item.effect_removed())),
            (None, Some(item)) => changes.push(whole(Action::Added, item.effect_added(id, newer))),
            (Some(before), Some(after)) => compare_fields(subject, id, *before, *after, changes),
            (None, None) => {}
        }
    }
}

fn compare_fields<T: Item>(
    subject: Subject,
    id: &str,
    old: &T,
    new: &T,
    changes: &mut Vec<Change>,
) {
    let (old_fields, new_fields) = (old.fields(), new.fields());
    let names: BTreeSet<&String> = old_fields.keys().chain(new_fields.keys()).collect();
    for name in names {
        let (before, after) = (old_fields.get(name), new_fields.get(name));
        if before == after {
            continue;
        }
        changes.push(Change {
            subject,
            id: id.to_owned(),
            action: match (before, after) {
                (None, _) => Action::Added,
                (_, None) => Action::Removed,
                _ => Action::Changed,
            },
            field: Some(name.clone()),
            before: before.cloned(),
            after: after.cloned(),
            effect: old.effect_changed(name, before.map(String::as_str), after.map(String::as_str)),
        });
    }
}

impl Item for Catalog {
    fn fields(&self) -> BTreeMap<String, String> {
        let default_plan = self
            .default_plan
            .as_ref()
            .map_or("none".to_owned(), ToString::to_string);
        [
            ("name", self.name.clone()),
            ("default_plan", default_plan),
            ("currency", self.currency.as_str().to_owned()),
            ("time_zone", self.time_zone.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn effect_added(&self, _id: &str, _newer: &Catalog) -> String {
        "everyone".to_owned()
    }

    fn effect_removed(&self) -> String {
        "everyone".to_owned()
    }

    fn effect_changed(&self, field: &str, _: Option<&str>, _: Option<&str>) -> String {
        match field {
            "default_plan" => "new customers get it, and those whose plan ends",
            "currency" => "prices and top-ups that name no currency",
            "time_zone" => "customers without a time zone of their own, from their next reset on",
            _ => "everyone sees it at once",
        }
        .to_owned()
    }
}

impl Item for Meter {
    fn fields(&self) -> BTreeMap<String, String> {
        [
            ("name".to_owned(), self.name.clone()),
            ("unit".to_owned(), self.unit.clone()),
        ]
        .into()
    }

    fn effect_added(&self, _id: &str, _newer: &Catalog) -> String {
        "nothing is drawn from it until a feature does".to_owned()
    }

    fn effect_removed(&self) -> String {
        "units of it that customers still hold can no longer be used".to_owned()
    }

    fn effect_changed(&self, _: &str, _: Option<&str>, _: Option<&str>) -> String {
        "everyone sees it at once".to_owned()
    }
}

impl Item for Feature {
    fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::from([
            ("name".to_owned(), self.name.clone()),
            ("metered".to_owned(), self.draw.is_some().to_string()),
        ]);
        if let Some(draw) = &self.draw {
            fields.insert("meter".to_owned(), draw.meter.to_string());
            fields.insert("cost".to_owned(), draw.cost.to_string());
        }
        fields
    }

    fn effect_added(&self, id: &str, newer: &Catalog) -> String {
        let has = |plan: &&Arc<Plan>| {
            newer
                .features
                .get_key_value(id)
                .is_some_and(|(id, _)| plan.has(id, self))
        };
        let plans: Vec<String> = newer
            .plans
            .values()
            .filter(has)
            .map(|plan| format!("{:?}", plan.id))
            .collect();
        if plans.is_empty() {
            "no plan has it".to_owned()
        } else {
            format!("customers on {}", plans.join(", "))
        }
    }

    fn effect_removed(&self) -> String {
        "every use of it is refused at once, on every plan".to_owned()
    }

    fn effect_changed(&self, field: &str, _: Option<&str>, _: Option<&str>) -> String {
        match field {
            "name" => "everyone sees it at once",
            _ => "everyone at once, whatever their plan's version",
        }
        .to_owned()
    }
}

impl Item for Plan {
    fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::from([
            ("name".to_owned(), self.name.clone()),
            ("is_active".to_owned(), self.is_active.to_string()),
            ("trial_days".to_owned(), self.trial_days.to_string()),
        ]);
        if !self.description.is_empty() {
            fields.insert("description".to_owned(), self.description.clone());
        }
        for (id, price) in &self.prices {
            fields.insert(format!("prices.{id}"), price.to_string());
            if let Some(stripe_price) = &price.stripe_price {
                fields.insert(format!("prices.{id}.stripe_price"), stripe_price.clone());
            }
        }
        for (meter, entitlement) in &self.entitlements {
            fields.insert(format!("limits.{meter}"), entitlement.to_string());
        }
        for (feature, is_on) in &self.switches {
            let value = if *is_on { "on" } else { "off" };
            fields.insert(format!("features.{feature}"), value.to_owned());
        }
        for cap in &self.caps {
            let scope = match cap.scope {
                CapScope::Customer => "customer",
                CapScope::EachMember => "member",
            };
            let name = format!("caps.{} per {scope} {}", cap.meter, cap.reset);
            fields.insert(name, cap.units.to_string());
        }
        fields
    }

    fn effect_added(&self, _id: &str, _newer: &Catalog) -> String {
        let choice = if self.is_active {
            "can be chosen from now on"
        } else {
            "can only be given by hand"
        };
        match self.version {
            1 => choice.to_owned(),
            version => format!("{choice}, as version {version}"),
        }
    }

    fn effect_removed(&self) -> String {
        format!(
            "nobody can choose it any more; customers on version {} keep it",
            self.version
        )
    }

    fn effect_changed(&self, field: &str, before: Option<&str>, after: Option<&str>) -> String {
        let version = self.version;
        match (field, before, after) {
            ("name" | "description", ..) => {
                "everyone on the newest version sees it at once".to_owned()
            }
            ("is_active", _, Some("true")) => "it can be chosen from now on".to_owned(),
            ("is_active", ..) => "nobody can choose it any more; who has it keeps it".to_owned(),
            (field, ..) if field.ends_with(".stripe_price") => {
                "purchases from now on; running subscriptions stay as they are".to_owned()
            }
            ("trial_days", ..) => "first subscriptions from now on".to_owned(),
            (field, Some(before), Some(after)) => {
                let is_limit = field.starts_with("limits.");
                let (before, after) = if is_limit {
                    without_common_end(before, after)
                } else {
                    (before, after)
                };
                format!("customers on version {version} keep {before}; new ones get {after}")
            }
            (_, None, _) => format!("customers on version {version} do not get it; new ones do"),
            (_, _, None) => {
                format!("customers on version {version} keep it; new ones do not get it")
            }
        }
    }
}

/// Both texts without the words that both end with: `20` and `25` of `20 each calendar month` and
/// `25 each calendar month`.
fn without_common_end<'a>(mut left: &'a str, mut right: &'a str) -> (&'a str, &'a str) {
    while let (Some((l, l_end)), Some((r, r_end))) = (left.rsplit_once(' '), right.rsplit_once(' '))
    {
        if l_end != r_end {
            break;
        }
        (left, right) = (l, r);
    }
    (left, right)
}

impl Item for TopUp {
    fn fields(&self) -> BTreeMap<String, String> {
        [
            ("name", self.name.clone()),
            ("meter", self.meter.to_string()),
            ("unit_amount", self.unit_amount.to_string()),
            ("quantity_min", self.quantity_min.to_string()),
            ("quantity_max", self.quantity_max.to_string()),
            (
                "expires_days",
                self.expires_days
                    .map_or("never".to_owned(), |days| days.to_string()),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    fn effect_added(&self, _id: &str, _newer: &Catalog) -> String {
        "can be bought from now on".to_owned()
    }

    fn effect_removed(&self) -> String {
        "it can no longer be bought; units already bought stay as they are".to_owned()
    }

    fn effect_changed(&self, _: &str, _: Option<&str>, _: Option<&str>) -> String {
        "purchases from now on; units already bought stay as they are".to_owned()
    }
}
