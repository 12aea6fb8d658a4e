//! `/admin/customers/{customer}/grant`: gives units, after showing what that would do.

use super::block::{Block, Field, Form, Page};
use super::customer::known;
use super::customers::{customer_path, until};
use super::owner::{OwnerForm, OwnerVisitor};
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::api::v1::figures::granted;
use crate::entropy;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use tollgate_core::Timestamp;
use tollgate_core::grant::Source;
use tollgate_core::id::{IdempotencyKey, MeterId};
use tollgate_core::period::{Period, TimeZone};
use tollgate_core::plan::{Cadence, UNITS_MAX};
use tollgate_core::request::GrantUnits;

/// The most bytes of a reason.
const REASON_BYTES_MAX: usize = 255;

/// Units to be given.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    meter: String,
    units: String,
    #[serde(default)]
    until: String,
    reason: String,
    /// Of the form that was shown: sending it twice gives once.
    #[serde(default)]
    key: String,
}

impl Wanted {
    fn read(&self, zone: &TimeZone, now: Timestamp) -> Result<GrantUnits, ApiError> {
        let invalid = |text: &str| ApiError::InvalidRequest(text.to_owned());
        let meter = MeterId::new(&self.meter).map_err(|_| invalid("no such meter"))?;
        let units = self.units.trim().parse().ok();
        let units = units.filter(|units| (1..=UNITS_MAX).contains(units));
        let units = units.ok_or_else(|| invalid("units must be a number from 1 on"))?;
        let reason = self.reason.trim();
        if reason.is_empty()
            || reason.len() > REASON_BYTES_MAX
            || reason.chars().any(char::is_control)
        {
            return Err(invalid("the reason must have 1 to 255 bytes"));
        }
        let expires_at = match self.until.trim() {
            "" => None,
            day => Some(end_of_day(day, zone).ok_or_else(|| invalid("not a day"))?),
        };
        if expires_at.is_some_and(|end| end <= now) {
            return Err(invalid("the last day is over"));
        }
        Ok(GrantUnits {
            meter,
            units,
            source: Source::Adjustment,
            starts_at: None,
            expires_at,
            priority: 0,
            reference: reason.to_owned(),
        })
    }
}

/// The first instant after a day of the customer's zone.
fn end_of_day(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let noon: Timestamp = format!("{text}T12:00:00Z").parse().ok()?;
    let mut period = Period::calendar(Cadence::Day, zone, noon);
    // Noon in Greenwich may be another day already, or still.
    for _ in 0..2 {
        let day = period.start.to_jiff().to_zoned(zone.as_jiff().clone());
        match day.date().to_string().as_str().cmp(text) {
            std::cmp::Ordering::Equal => return Some(period.end),
            std::cmp::Ordering::Less => {
                period = Period::calendar(Cadence::Day, zone, period.end);
            }
            std::cmp::Ordering::Greater => {
                let before = period.start.plus_seconds(-1);
                period = Period::calendar(Cadence::Day, zone, before);
            }
        }
    }
    None
}

/// Shows what it would do.
pub(super) async fn ask(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    Path(customer): Path<String>,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let (customer, account) = known(&state, &customer).await?;
    let t = owner.t;
    let now = state.tollgate.now();
    let request = wanted.read(account.time_zone(), now)?;
    let catalog = state.tollgate.catalog();
    let meters = account.meters_usage(&catalog, now);
    let before = meters.iter().find(|usage| usage.meter == request.meter);
    let before = before.map_or(Some(0), |usage| usage.remaining);
    let shown = |units: Option<u64>| match units {
        Some(units) => t.number(units),
        None => t.text("unlimited").into_owned(),
    };
    let path = customer_path(customer.as_str());
    let mut page = Page::new(&owner, "admin-customers", t.text("admin-give"));
    page.add(Block::Facts(vec![
        (t.text("admin-customer").into_owned(), customer.to_string()),
        (
            t.text("meter").into_owned(),
            catalog.meter_name(request.meter.as_str()).to_owned(),
        ),
        (t.text("quantity").into_owned(), t.number(request.units)),
        (
            t.text("admin-until").into_owned(),
            until(&owner, request.expires_at),
        ),
        (
            t.text("admin-reason").into_owned(),
            request.reference.clone(),
        ),
        (t.text("admin-left-before").into_owned(), shown(before)),
        (
            t.text("admin-left-after").into_owned(),
            shown(before.map(|units| units.saturating_add(request.units))),
        ),
    ]));
    let mut form = Form::post("grant", format!("{path}/grant"), t.text("admin-give"))
        .with(Field::hidden("meter", &wanted.meter))
        .with(Field::hidden("units", &wanted.units))
        .with(Field::hidden("until", &wanted.until))
        .with(Field::hidden("reason", &wanted.reason))
        .with(Field::hidden("key", hex::encode(entropy::bytes::<16>())));
    form.back = Some((path, t.text("admin-back").into_owned()));
    page.add(Block::Form(form));
    page.answer()
}

/// Gives them.
pub(super) async fn submit(
    State(state): State<AppState>,
    Path(customer): Path<String>,
    form: OwnerForm<Wanted>,
) -> Result<Response, PageError> {
    let OwnerForm { visitor, fields } = form;
    let (customer, account) = known(&state, &customer).await?;
    let now = state.tollgate.now();
    let request = fields.read(account.time_zone(), now)?;
    let key = format!("admin-{}", fields.key);
    let key = IdempotencyKey::new(&key);
    let key = key.map_err(|error| ApiError::InvalidRequest(error.to_string()))?;
    let detail = json!({
        "meter": request.meter,
        "units": request.units,
        "source": request.source,
        "reason": request.reference,
    });
    let decision = state.tollgate.grant(&customer, request, Some(key)).await?;
    granted(decision, now)?;
    state
        .identity
        .note(visitor.actor(), "grant.given", &customer, detail)
        .await;
    let path = format!("{}?done=granted", customer_path(customer.as_str()));
    Ok(Redirect::to(&path).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_the_customers_midnight() {
        for (zone, end) in [
            ("UTC", "2026-12-02T00:00:00Z"),
            ("Europe/Berlin", "2026-12-01T23:00:00Z"),
            ("Pacific/Kiritimati", "2026-12-01T10:00:00Z"),
            ("Pacific/Pago_Pago", "2026-12-02T11:00:00Z"),
        ] {
            let zone = TimeZone::new(zone).unwrap();
            let end: Timestamp = end.parse().unwrap();
            assert_eq!(end_of_day("2026-12-01", &zone), Some(end), "{zone:?}");
        }
        assert_eq!(end_of_day("soon", &TimeZone::UTC), None);
    }
}
