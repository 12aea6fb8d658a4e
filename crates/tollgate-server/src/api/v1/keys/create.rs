//! `POST /v1/keys`: makes an API key.

use super::KeyBody;
use crate::api::extract::Json;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::auth::api_key::{Mode, Scope, Scopes};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// What people read.
    #[schema(min_length = 1, max_length = 100, pattern = "^[ -~]*[!-~][ -~]*$")]
    pub name: String,
    /// What it may do.
    #[schema(min_items = 1, max_items = 4)]
    pub scopes: Vec<ScopeWord>,
    /// Whether it acts on live customers; a test key has customers of its own.
    #[serde(default)]
    pub mode: ModeWord,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScopeWord {
    /// Ask: customers, balances, usage, plans.
    Read,
    /// Check, consume, reserve, settle, release.
    Consume,
    /// Change customers: create, subscribe, grant, reverse.
    Manage,
    /// Everything.
    Admin,
}

/// Whether a key acts on live customers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeWord {
    /// On live customers.
    #[default]
    Live,
    /// On test customers.
    Test,
}

/// The key, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyAnswer {
    /// The key itself; keep it, it is never shown again.
    #[schema(example = "tg_live_…")]
    pub secret: String,
    /// As it is listed.
    #[serde(flatten)]
    pub key: KeyBody,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Read => Self::Read,
            ScopeWord::Consume => Self::Consume,
            ScopeWord::Manage => Self::Manage,
            ScopeWord::Admin => Self::Admin,
        }
    }
}

/// Make an API key
///
/// Its secret is in this answer and nowhere else. Nobody gives away more than they have.
#[utoipa::path(
    post, path = "/v1/keys", tag = "API keys", operation_id = "create_key",
    request_body = NewKeyBody,
    responses((status = 201, description = "The key, shown this once", body = NewKeyAnswer), WriteProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn create_key(
    State(state): State<AppState>,
    caller: BackEnd<scope::Admin>,
    Json(body): Json<NewKeyBody>,
) -> Result<(StatusCode, axum::Json<NewKeyAnswer>), ApiError> {
    if body.scopes.is_empty() {
        return Err(ApiError::InvalidRequest(
            "name at least one scope".to_owned(),
        ));
    }
    let mode = match body.mode {
        ModeWord::Live => Mode::Live,
        ModeWord::Test => Mode::Test,
    };
    let scopes = Scopes::new(body.scopes.into_iter().map(Scope::from));
    let new = state
        .identity
        .create_api_key(
            caller.actor(),
            &body.name,
            mode,
            scopes,
            Some(caller.scopes),
        )
        .await?;
    let answer = NewKeyAnswer {
        secret: new.key.reveal().to_owned(),
        key: new.stored.into(),
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}
