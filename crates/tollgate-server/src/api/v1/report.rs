//! `GET /v1/report`: what the record says of the business.

use crate::api::extract::Query;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use tollgate::report::{Report, ReportRange};
use tollgate_core::report::Day;
use utoipa::IntoParams;

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The first day, UTC; the first of the month eleven months before the last when left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-01-01")]
    pub from: Option<Day>,
    /// The day after the last; tomorrow when left out or later.
    #[param(value_type = Option<String>, format = Date, example = "2026-02-01")]
    pub until: Option<Day>,
}

/// What the record says of the business
///
/// Customers, active users, use of quotas, conversion, churn with its reasons, payments and
/// recurring revenue, for all of the days and for each month. The definitions stand beside the
/// figures. A report is about live customers, and so a test key has none.
#[utoipa::path(
    get, path = "/v1/report", tag = "Reports", operation_id = "get_report",
    params(ReportQuery),
    responses((status = 200, description = "The report as of now", body = Report), ReadProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn get_report(
    State(state): State<AppState>,
    caller: BackEnd<scope::Admin>,
    Query(query): Query<ReportQuery>,
) -> Result<axum::Json<Report>, ApiError> {
    if !caller.is_live {
        let message = "a report is about live customers: use a live API key";
        return Err(ApiError::Forbidden(message.to_owned()));
    }
    let range = ReportRange::new(query.from, query.until, state.tollgate.now());
    let range = range.map_err(|error| ApiError::InvalidParameter(error.to_string()))?;
    Ok(axum::Json(state.tollgate.report(&range).await?))
}
