//! A USDOT lookup tool: it reads the numbers on pictures of trucks, and takes those typed by hand.
//! Each is one operation of the user's plan, as `catalogs/usdot.toml` has them.

pub mod error;
pub mod ocr;
pub mod picture;
pub mod upload;
pub mod usdot;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::routing::post;
use axum::{Json, Router};
use error::{ApiError, UploadError};
use ocr::Ocr;
use serde::Serialize;
use tollgate::guard::Gate;
use tollgate::guard::refusal::Instant;
use tollgate::{Figures, Receipt};
use tollgate_server::AppState;
use tollgate_server::embed;
use upload::{Outcome, UPLOAD_BYTES_MAX, Upload};

/// The plans, when the settings name no other file.
pub const CATALOG: &str = include_str!("../../../catalogs/usdot.toml");

/// The service with its users, their plans and their usage.
pub fn app(state: &AppState, ocr: Ocr) -> Router {
    embed::mount(state, router(ocr))
}

fn router(ocr: Ocr) -> Router {
    Router::new()
        .route("/upload", post(upload))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .with_state(ocr)
}

/// What an upload is answered with.
#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    outcome: Outcome,
    quota: Quota,
}

/// What the user has left of their operations.
#[derive(Debug, Default, Serialize)]
struct Quota {
    /// Null when there is no limit.
    limit: Option<u64>,
    used: u64,
    /// Null when there is no limit.
    remaining: Option<u64>,
    unlimited: bool,
    /// When the rest is carried over and the next operations come.
    resets_at: Option<Instant>,
}

impl Quota {
    /// Both features draw on the same meter, so that the figures of one are those of all.
    fn after(receipt: &Receipt) -> Self {
        let quota = |figures: &Figures| Self {
            limit: figures.limit,
            used: figures.used,
            remaining: figures.remaining,
            unlimited: figures.limit.is_none(),
            resets_at: figures.resets_at.and_then(Instant::finite),
        };
        receipt.figures.first().map(quota).unwrap_or_default()
    }
}

/// Reserves an operation for each picture and number, does the work, and settles what came of it:
/// a picture that could not be read costs nothing.
async fn upload(
    gate: Gate,
    State(ocr): State<Ocr>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Answer>, UploadError> {
    let form = form.map_err(|rejection| {
        ApiError::new(rejection.status(), "invalid_request", rejection.body_text())
    })?;
    let upload = Upload::read(form).await?;
    let operations = gate.reserve_each(&upload.operations()).await?;
    let outcome = upload.process(&ocr).await?;
    let receipt = operations.settle_each(&outcome.operations()).await?;
    let quota = Quota::after(&receipt);
    Ok(Json(Answer { outcome, quota }))
}

#[cfg(test)]
mod tests;
