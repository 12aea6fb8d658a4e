//! `POST /v1/customers/{customer}/grants`: gives units.

use super::GrantBody;
use crate::api::extract::{Json, KeyHeader, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tollgate_core::Timestamp;
use tollgate_core::grant::Source;
use tollgate_core::id::{GrantId, IdempotencyKey, MeterId};
use tollgate_core::plan::UNITS_MAX;
use tollgate_core::request::GrantUnits;
use utoipa::ToSchema;

/// The most bytes of a reference.
const REFERENCE_BYTES_MAX: usize = 255;

/// What to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiveBody {
    /// What the units are of.
    #[schema(value_type = schema::MeterId)]
    pub meter: MeterId,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)]
    pub units: u64,
    /// Where they come from.
    #[serde(default)]
    pub source: GiveSource,
    /// From when they can be used; now when left out.
    #[schema(value_type = Option<schema::Instant>)]
    pub starts_at: Option<String>,
    /// From when they no longer can; never when left out.
    #[schema(value_type = Option<schema::Instant>)]
    pub expires_at: Option<String>,
    /// Among grants that expire at the same instant the smaller goes first.
    #[serde(default)]
    pub priority: i32,
    /// What they are given for.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub reference: String,
    /// The same as the header `Idempotency-Key`.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Where given units come from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GiveSource {
    /// Bought once.
    TopUp,
    /// Given away.
    Promotion,
    /// Put right by hand.
    #[default]
    Adjustment,
}

/// What was given.
#[derive(Debug, Serialize, ToSchema)]
pub struct GiveAnswer {
    /// The grant's id.
    #[schema(value_type = schema::GrantId)]
    pub id: GrantId,
    /// The grant as it stands; null when it is closed since, which a retry may find.
    pub grant: Option<GrantBody>,
}

impl GiveBody {
    fn read(self, now: Timestamp) -> Result<GrantUnits, ApiError> {
        let invalid = |message: &str| Err(ApiError::InvalidRequest(message.to_owned()));
        if self.units == 0 || self.units > UNITS_MAX {
            return invalid("units must be from 1 to 1000000000000000");
        }
        if self.reference.len() > REFERENCE_BYTES_MAX
            || self.reference.chars().any(char::is_control)
        {
            return invalid("reference must have at most 255 bytes and no control characters");
        }
        let starts_at = self.starts_at.as_deref().map(read_instant).transpose()?;
        let expires_at = self.expires_at.as_deref().map(read_instant).transpose()?;
        if expires_at.is_some_and(|end| end <= starts_at.unwrap_or(now)) {
            return invalid("expires_at must come after starts_at");
        }
        Ok(GrantUnits {
            meter: self.meter,
            units: self.units,
            source: match self.source {
                GiveSource::TopUp => Source::TopUp,
                GiveSource::Promotion => Source::Promotion,
                GiveSource::Adjustment => Source::Adjustment,
            },
            starts_at,
            expires_at,
            priority: self.priority,
            reference: self.reference,
        })
    }
}

fn read_instant(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| {
        ApiError::InvalidRequest(format!(
            "{text:?} is not an instant; write it as 2026-01-31T00:00:00Z"
        ))
    })
}

/// Give units
///
/// Adds a grant, for instance units that were bought, a promotion, or a correction.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/grants", tag = "Grants", operation_id = "give_units",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "Makes a retry harmless"),
    ),
    request_body = GiveBody,
    responses((status = 201, description = "Given", body = GiveAnswer), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn give_units(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    key: KeyHeader,
    Json(body): Json<GiveBody>,
) -> Result<(StatusCode, axum::Json<GiveAnswer>), ApiError> {
    let customer = caller.customer(&customer)?;
    let key = key.or(body.idempotency_key.clone())?;
    let now = state.tollgate.now();
    let request = body.read(now)?;
    let detail =
        json!({ "meter": request.meter, "units": request.units, "source": request.source });
    let decision = state.tollgate.grant(&customer, request, key).await?;
    let id = granted(decision, now)?;
    state
        .identity
        .note(caller.actor(), "grant.given", &customer, detail)
        .await;
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let grant = account
        .grants()
        .iter()
        .find(|grant| grant.id(&customer) == id);
    let grant = grant.map(|grant| GrantBody::new(grant, &customer, state.tollgate.now()));
    Ok((StatusCode::CREATED, axum::Json(GiveAnswer { id, grant })))
}
