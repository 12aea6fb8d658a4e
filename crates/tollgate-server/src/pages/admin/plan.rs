//! `/admin/customers/{customer}/plan`: another plan without payment, after showing what it would
//! do. What Stripe bills is changed there.

use super::block::{Block, Cell, Field, Form, Page, Table};
use super::customer::{columns, known};
use super::customers::customer_path;
use super::owner::{OwnerForm, OwnerVisitor};
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::api::v1::figures::granted;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use tollgate_core::account::MeterUsage;
use tollgate_core::id::{PlanId, PriceId};
use tollgate_core::request::{ChangeTime, Subscribe};

/// The plan that is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// `plan` or `plan/price`.
    plan: String,
    #[serde(default)]
    when: String,
}

impl Wanted {
    fn read(&self) -> Result<Subscribe, ApiError> {
        let invalid = |_| ApiError::InvalidRequest("no such plan".to_owned());
        let (plan, price) = match self.plan.split_once('/') {
            Some((plan, price)) => (plan, Some(price)),
            None => (self.plan.as_str(), None),
        };
        Ok(Subscribe {
            plan: PlanId::new(plan).map_err(invalid)?,
            price: price.map(PriceId::new).transpose().map_err(invalid)?,
            when: match self.when.as_str() {
                "now" => ChangeTime::Now,
                "period_end" => ChangeTime::PeriodEnd,
                _ => ChangeTime::Auto,
            },
        })
    }
}

/// Shows what it would do.
pub(super) async fn ask(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    Path(customer): Path<String>,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let (customer, _) = known(&state, &customer).await?;
    let catalog = state.tollgate.catalog();
    let t = owner.t;
    let request = wanted.read()?;
    let path = customer_path(customer.as_str());
    let mut page = Page::new(&owner, "admin-customers", t.text("admin-change-plan"));
    let preview = match state.tollgate.preview(&customer, &request).await? {
        tollgate::Decision::Granted(preview) => preview,
        tollgate::Decision::Refused(refusal) => {
            page.add(Block::Notice("bad", refusal.message()));
            page.add(Block::Links(vec![(
                path,
                t.text("admin-back").into_owned(),
            )]));
            return page.answer();
        }
    };
    let from = preview.from.as_ref();
    page.add(Block::Facts(vec![
        (t.text("admin-customer").into_owned(), customer.to_string()),
        (
            t.text("admin-plan-before").into_owned(),
            from.map_or_else(
                || t.text("no-plan").into_owned(),
                |plan| catalog.plan_name(plan.as_str()).to_owned(),
            ),
        ),
        (
            t.text("admin-plan-after").into_owned(),
            catalog.plan_name(preview.to.as_str()).to_owned(),
        ),
        (
            t.text("admin-from-when").into_owned(),
            owner.moment(preview.effective_at),
        ),
    ]));
    let left = |usage: Option<&MeterUsage>| match usage.map(|usage| usage.remaining) {
        Some(None) => t.text("unlimited").into_owned(),
        Some(Some(units)) => t.number(units),
        None => t.number(0),
    };
    let after = preview.after.iter();
    page.add(Block::Table(Table {
        caption: t.text("usage").into_owned(),
        columns: columns(t, &["meter", "admin-left-before", "admin-left-after"]),
        rows: after
            .map(|after| {
                let mut before = preview.before.iter();
                let before = before.find(|before| before.meter == after.meter);
                vec![
                    Cell::text(catalog.meter_name(after.meter.as_str())),
                    Cell::number(left(before)),
                    Cell::number(left(Some(after))),
                ]
            })
            .collect(),
        ..Table::default()
    }));
    let mut form = Form::post("plan", format!("{path}/plan"), t.text("change-confirm"))
        .with(Field::hidden("plan", &wanted.plan))
        .with(Field::hidden("when", &wanted.when));
    form.back = Some((path, t.text("admin-back").into_owned()));
    page.add(Block::Form(form));
    page.answer()
}

/// Changes it.
pub(super) async fn submit(
    State(state): State<AppState>,
    Path(customer): Path<String>,
    form: OwnerForm<Wanted>,
) -> Result<Response, PageError> {
    let OwnerForm { visitor, fields } = form;
    let (customer, _) = known(&state, &customer).await?;
    let request = fields.read()?;
    let detail = json!({ "plan": request.plan, "price": request.price });
    let decision = state.tollgate.subscribe(&customer, request, None).await?;
    granted(decision, state.tollgate.now())?;
    state
        .identity
        .note(visitor.actor(), "subscription.changed", &customer, detail)
        .await;
    let path = format!("{}?done=changed", customer_path(customer.as_str()));
    Ok(Redirect::to(&path).into_response())
}
