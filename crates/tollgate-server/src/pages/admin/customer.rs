//! `GET /admin/customers/{customer}`: one customer: what they hold and where it comes from, why
//! they would be refused, and everything that happened.

use super::block::{Block, Cell, Field, Form, Kind, Page, Table};
use super::customers::{customer_path, until};
use super::owner::OwnerVisitor;
use super::timeline;
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::api::v1::uses::question;
use crate::pages::billing::what_was_bought;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tollgate_core::account::Account;
use tollgate_core::catalog::Catalog;
use tollgate_core::decision::{Decision, Refusal, WayOut};
use tollgate_core::id::{CustomerId, EventId, FeatureId, MemberId};
use tollgate_core::plan::UNITS_MAX;
use tollgate_core::request::Uses;
use tollgate_store::entry::HistoryFilter;

/// Entries of the history on one page, and refusals and payments.
const HISTORY: usize = 50;
const REFUSALS: usize = 20;
const PAYMENTS: u32 = 20;

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// The feature of the question why.
    feature: Option<String>,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    member: String,
    /// Where the history goes on.
    before: Option<String>,
    /// What was just done.
    done: Option<String>,
}

/// The customer of a path, with their account.
pub(super) async fn known(
    state: &AppState,
    text: &str,
) -> Result<(CustomerId, Account), PageError> {
    let unknown = ApiError::unknown_customer;
    let id = CustomerId::new(text).map_err(|_| unknown())?;
    let account = state.tollgate.account(&id).await?;
    Ok((id, account.ok_or_else(unknown)?))
}

/// Shows the customer.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    Path(customer): Path<String>,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let (customer, account) = known(&state, &customer).await?;
    let catalog = state.tollgate.catalog();
    let t = owner.t;
    let path = customer_path(customer.as_str());
    let mut page = Page::new(&owner, "admin-customers", customer.as_str());
    if wanted.done.is_some() {
        page.add(Block::Notice("good", t.text("admin-done").into_owned()));
    }
    page.add(Block::Facts(
        facts(&state, &owner, &account, &catalog).await?,
    ));
    page.add(Block::Form(Form::post(
        "view",
        format!("{path}/view"),
        t.text("admin-view-as"),
    )));
    balances(&mut page, &owner, &account, &state);
    why(&mut page, &owner, &account, &state, &wanted);
    refusals(&mut page, &owner, &customer, &state);
    forms(&mut page, &owner, &account, &catalog);
    payments(&mut page, &owner, &customer, &state).await?;
    history(
        &mut page,
        &owner,
        &account,
        &state,
        wanted.before.as_deref(),
    )
    .await?;
    let now = owner.moment(state.tollgate.now());
    page.as_of(&now).answer()
}

async fn facts(
    state: &AppState,
    owner: &OwnerVisitor,
    account: &Account,
    catalog: &Catalog,
) -> Result<Vec<(String, String)>, PageError> {
    let t = owner.t;
    let mut facts = Vec::new();
    let mut add = |key: &str, value: String| facts.push((t.text(key).into_owned(), value));
    if let Ok(id) = account.customer().as_str().parse()
        && let Some(user) = state.identity.user(id).await?
    {
        add("email", user.email);
    }
    match account.subscription() {
        Some(subscription) => {
            let name = catalog.subscribed_name(subscription);
            let version = subscription.plan_version.to_string();
            add(
                "admin-plan",
                t.with(
                    "admin-plan-version",
                    &[("plan", name), ("version", &version)],
                ),
            );
            add(
                "admin-status",
                t.word("standing", subscription.status.as_str()),
            );
            add("admin-since", owner.moment(subscription.started_at));
            add(
                "admin-period-end",
                until(owner, Some(subscription.period.end)),
            );
            if let Some(at) = subscription.cancel_at {
                add("admin-ends", owner.moment(at));
            }
            if let Some(at) = subscription.grace_until {
                add("admin-grace", owner.moment(at));
            }
            if let Some(pending) = &subscription.pending {
                add(
                    "admin-pending",
                    format!(
                        "{} · {}",
                        catalog.plan_name(pending.plan.as_str()),
                        owner.moment(pending.at)
                    ),
                );
            }
        }
        None => add("admin-plan", t.text("no-plan").into_owned()),
    }
    if let Some(billing) = &state.billing {
        let standing = billing.standing(account.customer()).await?;
        if let Some(row) = &standing.stripe {
            if let Some(id) = &row.stripe_customer {
                add("admin-stripe-customer", id.clone());
            }
            if let Some(status) = &row.status {
                add("admin-stripe-status", t.word("standing", status));
            }
            if let Some(billed) = &row.billed {
                add(
                    "admin-stripe-subscription",
                    billed.billed_as.subscription.clone(),
                );
            }
        }
        if standing.owed() > 0 {
            add("admin-owed", t.number(standing.owed()));
        }
    }
    add("admin-zone", account.time_zone().name().to_owned());
    Ok(facts)
}

fn balances(page: &mut Page, owner: &OwnerVisitor, account: &Account, state: &AppState) {
    let t = owner.t;
    let now = state.tollgate.now();
    let catalog = state.tollgate.catalog();
    let meters = account.meters_usage(&catalog, now);
    let unlimited = || t.text("unlimited").into_owned();
    let shown = |units: Option<u64>| units.map_or_else(unlimited, |units| t.number(units));
    page.add(Block::Heading(t.text("usage").into_owned()));
    page.add(Block::Table(Table {
        caption: t.text("usage").into_owned(),
        columns: columns(
            t,
            &[
                "meter",
                "admin-limit",
                "admin-used",
                "admin-held",
                "admin-left",
                "admin-resets",
            ],
        ),
        rows: meters
            .iter()
            .map(|usage| {
                vec![
                    Cell::text(catalog.meter_name(usage.meter.as_str())),
                    Cell::number(shown(usage.limit)),
                    Cell::number(t.number(usage.used)),
                    Cell::number(t.number(usage.held)),
                    Cell::number(shown(usage.remaining)),
                    Cell::text(until(owner, Some(usage.period.end))),
                ]
            })
            .collect(),
        empty: t.text("no-usage").into_owned(),
        next: None,
    }));
    page.add(Block::Heading(t.text("admin-balances").into_owned()));
    let live = account.grants().iter().filter(|grant| grant.is_live(now));
    page.add(Block::Table(Table {
        caption: t.text("admin-balances").into_owned(),
        columns: columns(
            t,
            &[
                "meter",
                "admin-source",
                "admin-limit",
                "admin-used",
                "admin-left",
                "admin-until",
                "admin-reason",
            ],
        ),
        rows: live
            .map(|grant| {
                let key = match grant.source().as_str() {
                    "plan" => "source-plan",
                    "rollover" => "source-rollover",
                    "top_up" => "source-top-up",
                    _ => "source-granted",
                };
                let parts = grant.parts();
                vec![
                    Cell::text(catalog.meter_name(grant.meter().as_str())),
                    Cell::text(t.text(key)),
                    Cell::number(t.number(grant.limit())),
                    Cell::number(t.number(parts.used - parts.used_before)),
                    Cell::number(t.number(grant.remaining())),
                    Cell::text(until(owner, parts.expires_at)),
                    Cell::text(parts.reference.clone()),
                ]
            })
            .collect(),
        empty: t.text("admin-no-grants").into_owned(),
        next: None,
    }));
}

/// Would they be refused now, and why?
fn why(
    page: &mut Page,
    owner: &OwnerVisitor,
    account: &Account,
    state: &AppState,
    wanted: &Wanted,
) {
    let t = owner.t;
    let catalog = state.tollgate.catalog();
    page.add(Block::Heading(t.text("admin-why").into_owned()));
    let features = catalog.features.iter();
    let features: Vec<_> = features
        .map(|(id, feature)| (id.to_string(), feature.name.clone()))
        .collect();
    let feature = wanted.feature.clone().unwrap_or_default();
    let amount: u64 = wanted.amount.trim().parse().unwrap_or(1);
    let amount = amount.clamp(1, UNITS_MAX);
    let form = Form::get(
        "why",
        customer_path(account.customer().as_str()),
        t.text("admin-ask"),
    )
    .with(Field::new("feature", t.text("admin-feature"), Kind::Choice(features)).value(&feature))
    .with(
        Field::new(
            "amount",
            t.text("quantity"),
            Kind::Number {
                min: 1,
                max: UNITS_MAX,
            },
        )
        .value(amount.to_string()),
    )
    .with(
        Field::new("member", t.text("admin-member"), Kind::Text)
            .value(&wanted.member)
            .optional(),
    );
    page.add(Block::Form(form));
    let Some(Ok(feature)) = wanted.feature.as_deref().map(FeatureId::new) else {
        return;
    };
    let Ok(uses) = Uses::one(feature, amount) else {
        return;
    };
    let member = MemberId::new(wanted.member.trim()).ok();
    match account.check(&catalog, &question(uses, member), state.tollgate.now()) {
        Decision::Granted(receipt) => {
            page.add(Block::Notice(
                "good",
                t.text("admin-would-be-granted").into_owned(),
            ));
            let left = receipt.figures.iter().filter_map(|figures| {
                let meter = catalog.meter_name(figures.meter.as_ref()?.as_str());
                let left = figures.remaining.map_or_else(
                    || t.text("unlimited").into_owned(),
                    |units| t.counted("left", units),
                );
                Some((meter.to_owned(), left))
            });
            page.add(Block::Facts(left.collect()));
        }
        Decision::Refused(refusal) => explain(page, owner, &catalog, &refusal),
    }
}

/// A refusal, with its figures and the ways out.
fn explain(page: &mut Page, owner: &OwnerVisitor, catalog: &Catalog, refusal: &Refusal) {
    let t = owner.t;
    page.add(Block::Notice(
        "bad",
        format!("{}: {}", refusal.reason.as_str(), refusal.message()),
    ));
    let mut facts = Vec::new();
    let mut add = |key: &str, value: String| facts.push((t.text(key).into_owned(), value));
    if let Some(plan) = &refusal.plan {
        add("admin-plan", catalog.plan_name(plan.as_str()).to_owned());
    }
    if refusal.meter.is_some() {
        add("admin-limit", t.number(refusal.limit));
        add("admin-used", t.number(refusal.used));
        add("admin-left", t.number(refusal.remaining));
        add("admin-needed", t.number(refusal.needed));
        add("admin-resets", until(owner, refusal.resets_at));
    }
    page.add(Block::Facts(facts));
    let ways = refusal.ways_out.iter().map(|way| {
        vec![Cell::text(match way {
            WayOut::Wait { until } => {
                t.with("admin-way-wait", &[("moment", &owner.moment(*until))])
            }
            WayOut::Plan { plan, .. } => t.with(
                "admin-way-plan",
                &[("plan", catalog.plan_name(plan.as_str()))],
            ),
            WayOut::TopUp { top_up, units, .. } => t.with(
                "admin-way-buy",
                &[
                    ("topup", catalog.topup_name(top_up.as_str())),
                    ("units", &t.number(*units)),
                ],
            ),
            WayOut::RaiseCap => t.text("admin-way-cap").into_owned(),
        })]
    });
    page.add(Block::Table(Table {
        caption: t.text("admin-ways-out").into_owned(),
        columns: columns(t, &["admin-ways-out"]),
        rows: ways.collect(),
        empty: t.text("admin-no-way-out").into_owned(),
        next: None,
    }));
}

/// What this server refused them of late.
fn refusals(page: &mut Page, owner: &OwnerVisitor, customer: &CustomerId, state: &AppState) {
    let t = owner.t;
    page.add(Block::Heading(t.text("admin-refusals").into_owned()));
    let refused = state.tollgate.refusals(customer, REFUSALS);
    page.add(Block::Table(Table {
        caption: t.text("admin-refusals").into_owned(),
        columns: columns(
            t,
            &[
                "admin-when",
                "admin-reason",
                "admin-explanation",
                "admin-who",
            ],
        ),
        rows: refused
            .iter()
            .map(|refused| {
                let member = refused.member.as_ref();
                vec![
                    Cell::text(owner.moment(refused.at)),
                    Cell::state(refused.refusal.reason.as_str(), "bad"),
                    Cell::text(refused.refusal.message()),
                    Cell::text(member.map_or_else(String::new, ToString::to_string)),
                ]
            })
            .collect(),
        empty: t.text("admin-no-refusals").into_owned(),
        next: None,
    }));
}

/// What can be done: units given, the plan changed. Each is shown before it is done.
fn forms(page: &mut Page, owner: &OwnerVisitor, account: &Account, catalog: &Catalog) {
    let t = owner.t;
    let path = customer_path(account.customer().as_str());
    page.add(Block::Heading(t.text("admin-give").into_owned()));
    let meters = catalog.meters.iter();
    let meters: Vec<_> = meters
        .map(|(id, meter)| (id.to_string(), meter.name.clone()))
        .collect();
    page.add(Block::Form(
        Form::get("grant", format!("{path}/grant"), t.text("admin-preview"))
            .with(Field::new("meter", t.text("meter"), Kind::Choice(meters)))
            .with(Field::new(
                "units",
                t.text("quantity"),
                Kind::Number {
                    min: 1,
                    max: UNITS_MAX,
                },
            ))
            .with(Field::new("until", t.text("admin-last-day"), Kind::Date).optional())
            .with(Field::new("reason", t.text("admin-reason"), Kind::Text)),
    ));
    page.add(Block::Heading(t.text("admin-change-plan").into_owned()));
    let plans = catalog
        .plans_by_price()
        .into_iter()
        .filter(|plan| plan.is_active);
    let choices: Vec<_> = plans
        .flat_map(|plan| {
            let prices = plan.prices.iter();
            let paid = prices.map(|(id, price)| {
                (
                    format!("{}/{id}", plan.id),
                    format!("{} · {}", plan.name, t.money(price.amount)),
                )
            });
            let free = (!plan.is_priced()).then(|| (plan.id.to_string(), plan.name.clone()));
            free.into_iter().chain(paid.collect::<Vec<_>>())
        })
        .collect();
    let when =
        ["auto", "now", "period_end"].map(|word| (word.to_owned(), t.word("admin-when", word)));
    page.add(Block::Form(
        Form::get("plan", format!("{path}/plan"), t.text("admin-preview"))
            .with(Field::new(
                "plan",
                t.text("admin-plan"),
                Kind::Choice(choices),
            ))
            .with(Field::new(
                "when",
                t.text("admin-from-when"),
                Kind::Choice(when.into()),
            )),
    ));
}

async fn payments(
    page: &mut Page,
    owner: &OwnerVisitor,
    customer: &CustomerId,
    state: &AppState,
) -> Result<(), PageError> {
    let Some(billing) = &state.billing else {
        return Ok(());
    };
    let t = owner.t;
    let payments = billing.payments(customer, None, PAYMENTS).await?;
    page.add(Block::Heading(t.text("purchases").into_owned()));
    let catalog = state.tollgate.catalog();
    page.add(Block::Table(Table {
        caption: t.text("purchases").into_owned(),
        columns: columns(
            t,
            &[
                "admin-when",
                "admin-what",
                "admin-amount",
                "admin-status",
                "admin-refunded",
                "admin-dispute",
            ],
        ),
        rows: payments
            .iter()
            .map(|payment| {
                let refunded = tollgate_core::money::Money {
                    minor: payment.refunded,
                    ..payment.amount
                };
                vec![
                    Cell::text(owner.moment(payment.created_at)),
                    Cell::text(what_was_bought(t, &catalog, payment)),
                    Cell::number(t.money(payment.amount)),
                    Cell::text(t.word("payment-status", payment.status.as_str())),
                    Cell::number(t.money(refunded)),
                    Cell::text(t.word("dispute", payment.dispute.as_str())),
                ]
            })
            .collect(),
        empty: t.text("admin-no-payments").into_owned(),
        next: None,
    }));
    Ok(())
}

async fn history(
    page: &mut Page,
    owner: &OwnerVisitor,
    account: &Account,
    state: &AppState,
    before: Option<&str>,
) -> Result<(), PageError> {
    let t = owner.t;
    let before = before.and_then(|text| text.parse::<EventId>().ok());
    let filter = HistoryFilter::default();
    let found = state
        .tollgate
        .history(account.customer(), before, HISTORY, &filter)
        .await?;
    let found = found.ok_or_else(ApiError::unknown_customer)?;
    let catalog = state.tollgate.catalog();
    page.add(Block::Heading(t.text("admin-timeline").into_owned()));
    page.add(Block::Table(Table {
        caption: t.text("admin-timeline").into_owned(),
        columns: columns(t, &["admin-when", "admin-what", "admin-details"]),
        rows: found
            .entries
            .iter()
            .map(|recorded| {
                vec![
                    Cell::text(owner.moment(recorded.entry.at)),
                    Cell::text(t.word("cause", recorded.entry.body.cause.as_str())),
                    Cell::text(timeline::details(t, &catalog, &recorded.entry)),
                ]
            })
            .collect(),
        empty: t.text("admin-no-history").into_owned(),
        next: found.next.map(|next| {
            format!(
                "{}?before={next}",
                customer_path(account.customer().as_str())
            )
        }),
    }));
    Ok(())
}

/// The names of columns.
pub(super) fn columns(t: &crate::pages::locale::Locale, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| t.text(key).into_owned()).collect()
}
