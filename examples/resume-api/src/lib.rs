//! A résumé service: it scores résumés, parses job descriptions, tailors résumés to them and writes
//! cover letters. What each user may have of it stands in `catalogs/resume.toml`; each handler's
//! quota is the first line of its signature.

pub mod ats;
pub mod cover_letter;
pub mod error;
pub mod jd;
pub mod model;
pub mod tailor;
pub mod text;

use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Json, Router};
use error::{ApiError, Input, check_text};
use model::Model;
use tollgate::guard::Quota;
use tollgate_server::AppState;
use tollgate_server::embed;

/// The plans, when the settings name no other file.
pub const CATALOG: &str = include_str!("../../../catalogs/resume.toml");

/// The largest request: two of the longest texts, and what JSON needs around them.
const BODY_BYTES_MAX: usize = 512 * 1024;

tollgate::features! {
    AtsScan = "ats_scan";
    JdParse = "jd_parse";
    ResumeTailor = "resume_tailor";
    CoverLetter = "cover_letter";
}

/// The service with its users, their plans and their usage.
pub fn app(state: &AppState, model: Model) -> Router {
    embed::mount(state, router(model))
}

fn router(model: Model) -> Router {
    Router::new()
        .route("/ats/score", post(score))
        .route("/jd/parse", post(parse))
        .route("/resume/tailor", post(tailor))
        .route("/cover-letter/generate", post(cover_letter))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(model)
}

async fn score(
    _quota: Quota<AtsScan>,
    Input(request): Input<ats::ScoreRequest>,
) -> Result<Json<ats::Score>, ApiError> {
    check_text("resume_text", &request.resume_text, ats::TEXT_BYTES_MAX)?;
    check_text("jd_text", &request.jd_text, ats::TEXT_BYTES_MAX)?;
    Ok(Json(ats::score(&request)))
}

async fn parse(
    _quota: Quota<JdParse>,
    Input(request): Input<jd::ParseRequest>,
) -> Result<Json<jd::JobDescription>, ApiError> {
    check_text("jd_text", &request.jd_text, ats::TEXT_BYTES_MAX)?;
    Ok(Json(jd::parse(&request)))
}

async fn tailor(
    _quota: Quota<ResumeTailor>,
    State(model): State<Model>,
    Input(request): Input<tailor::TailorRequest>,
) -> Result<Json<tailor::Tailored>, ApiError> {
    tailor::tailor(&model, &request).await.map(Json)
}

async fn cover_letter(
    _quota: Quota<CoverLetter>,
    State(model): State<Model>,
    Input(request): Input<cover_letter::CoverLetterRequest>,
) -> Result<Json<cover_letter::CoverLetter>, ApiError> {
    cover_letter::write(&model, &request).await.map(Json)
}

#[cfg(test)]
mod tests;
