//! `/billing/change`: another plan. What a change would do is shown first; who pays nothing yet
//! goes straight to the payment page.

use super::away;
use super::back::{problem, return_urls};
use super::view::Paid;
use crate::api::billing::create_checkout_session::{read_plan, read_price};
use crate::api::billing::subscribe::{Onto, get_onto};
use crate::pages::form::{PageQuery, SignedForm};
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html};
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use serde::Deserialize;
use std::collections::BTreeSet;
use tollgate::billing::{Change, ChangePreview, Changed, SubscriptionCheckout};
use tollgate_core::account::MeterUsage;
use tollgate_core::catalog::Catalog;
use tollgate_core::money::Currency;
use tollgate_core::period::TimeZone;

/// The plan that is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    plan: String,
    #[serde(default)]
    price: String,
}

impl Wanted {
    fn price(&self) -> Option<tollgate_core::id::PriceId> {
        (!self.price.is_empty()).then(|| read_price(&self.price))
    }
}

#[derive(Template)]
#[template(path = "billing/change.html")]
struct Page<'a> {
    t: &'a Locale,
    visitor: &'a PageVisitor,
    wanted: &'a Wanted,
    title: String,
    /// What is charged today, or that nothing is.
    due: String,
    /// When it holds.
    when: String,
    lines: Vec<(String, String)>,
    gained: Vec<String>,
    lost: Vec<String>,
    meters: Vec<Difference>,
}

/// A meter, before and after.
struct Difference {
    name: String,
    before: String,
    after: String,
}

/// Shows what a change would do. Nothing is done.
pub(super) async fn ask(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    visitor: PageVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    visitor.must_be_payer()?;
    let billing = state.billing()?;
    let account = visitor.acting.account(&state.tollgate).await?;
    let change = Change {
        plan: read_plan(&wanted.plan),
        price: wanted.price(),
    };
    let preview = match billing.preview(visitor.customer(), &change).await {
        Ok(preview) => preview,
        Err(error) => return problem(&visitor, error),
    };
    let catalog = state.tollgate.catalog();
    html(&Page::new(
        t,
        &visitor,
        &wanted,
        &preview,
        &catalog,
        account.time_zone(),
    ))
}

impl<'a> Page<'a> {
    fn new(
        t: &'a Locale,
        visitor: &'a PageVisitor,
        wanted: &'a Wanted,
        preview: &ChangePreview,
        catalog: &Catalog,
        zone: &TimeZone,
    ) -> Self {
        let plan = |id: &_| catalog.plans.get(id);
        let features = |id| plan(id).map_or_else(BTreeSet::new, |plan| catalog.feature_names(plan));
        let before = preview
            .units
            .from
            .as_ref()
            .map_or_else(BTreeSet::new, features);
        let after = features(&preview.units.to);
        let name = catalog.plan_name(preview.units.to.as_str());
        let invoice = preview.invoice.as_deref();
        let currency = invoice.and_then(|invoice| Currency::new(invoice.currency.as_deref()?));
        let currency = currency.unwrap_or(catalog.currency);
        let money = |minor: i64| t.signed_money(i128::from(minor), currency);
        let due = invoice.and_then(|invoice| invoice.amount_due);
        let date = t.date(preview.effective_at, zone);
        Self {
            t,
            visitor,
            wanted,
            title: t.with("change-to", &[("plan", name)]),
            due: match due {
                Some(minor) => t.with("due-today", &[("amount", &money(minor))]),
                None => t.text("due-nothing").into_owned(),
            },
            when: if preview.is_immediate {
                t.text("holds-at-once").into_owned()
            } else {
                t.with("holds-from", &[("date", &date)])
            },
            lines: invoice.map_or_else(Vec::new, |invoice| {
                let lines = invoice.lines.data.iter();
                lines
                    .map(|line| {
                        let what = line.description.clone().unwrap_or_default();
                        (what, money(line.amount.unwrap_or_default()))
                    })
                    .collect()
            }),
            gained: after.difference(&before).cloned().collect(),
            lost: before.difference(&after).cloned().collect(),
            meters: differences(t, catalog, &preview.units.before, &preview.units.after),
        }
    }
}

fn differences(
    t: &Locale,
    catalog: &Catalog,
    before: &[MeterUsage],
    after: &[MeterUsage],
) -> Vec<Difference> {
    let left = |usage: Option<&MeterUsage>| match usage.map(|usage| usage.remaining) {
        Some(None) => t.text("unlimited").into_owned(),
        Some(Some(units)) => t.counted("left", units),
        None => t.counted("left", 0),
    };
    let after = after.iter();
    after
        .map(|after| Difference {
            name: catalog.meter_name(after.meter.as_str()).to_owned(),
            before: left(before.iter().find(|before| before.meter == after.meter)),
            after: left(Some(after)),
        })
        .collect()
}

/// Changes the plan, or leads to the payment page.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    headers: HeaderMap,
    form: SignedForm<Wanted>,
) -> Result<Response, PageError> {
    let SignedForm { visitor, fields } = form;
    visitor.must_be_payer()?;
    let billing = state.billing()?;
    visitor.acting.account(&state.tollgate).await?;
    let (success_url, cancel_url) = return_urls(&state, &headers, &visitor, Paid::Plan);
    let checkout = SubscriptionCheckout {
        plan: read_plan(&fields.plan),
        price: fields.price(),
        promotion_code: None,
        success_url,
        cancel_url,
    };
    match get_onto(billing, &visitor.payer(), &checkout).await {
        Ok(Onto::Checkout(opened)) => away::lead(t, &opened.url),
        Ok(Onto::Changed(Changed::AwaitsPayment { url: Some(url) })) => away::lead(t, &url),
        Ok(Onto::Changed(_)) => Ok(Redirect::to(&visitor.path("/billing/")).into_response()),
        Err(error) => problem(&visitor, error),
    }
}
