//! `GET /admin/report.csv`: a part of the overview as a table for a spreadsheet.

use super::overview::Wanted;
use super::owner::OwnerVisitor;
use crate::api::problem::ApiError;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::report_csv::{self, Part};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use clap::ValueEnum as _;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::Deserialize;

/// Which part.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    part: String,
}

/// Sends it.
pub(super) async fn send(
    State(state): State<AppState>,
    _owner: OwnerVisitor,
    PageQuery(which): PageQuery<Which>,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let part = Part::from_str(&which.part, false);
    let part = part.map_err(|_| ApiError::InvalidRequest("no such part".to_owned()))?;
    let report = state.tollgate.report(&wanted.range(&state)?).await?;
    let mut table = Vec::new();
    report_csv::write(&report, part, &mut table).map_err(ApiError::internal)?;
    let disposition = format!("attachment; filename=\"tollgate-{}.csv\"", which.part);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, table).into_response())
}
