//! API keys: what back ends prove themselves with.

mod create;
mod list;
mod revoke;

pub use create::*;
pub use list::*;
pub use revoke::*;

use crate::api::problem::Instant;
use crate::api::schema;
use serde::Serialize;
use tollgate_store::api_key::ApiKey;
use tollgate_store::id::ApiKeyId;
use utoipa::ToSchema;

/// An API key, as it is listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyBody {
    /// What it is listed and revoked by.
    #[schema(value_type = schema::KeyId)]
    pub id: String,
    /// What people read.
    pub name: String,
    /// Its first characters.
    #[schema(example = "tg_live_4f7kq2")]
    pub prefix: String,
    /// What it may do: read, consume, manage, admin.
    pub scopes: Vec<String>,
    /// live or test.
    #[schema(value_type = String, example = "live")]
    pub mode: &'static str,
    /// When it was made.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
    /// When it was last seen, about.
    #[schema(value_type = Option<schema::Instant>)]
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    #[schema(value_type = Option<schema::Instant>)]
    pub revoked_at: Option<Instant>,
}

impl From<ApiKey> for KeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            mode: if key.is_live { "live" } else { "test" },
            created_at: Instant(key.created_at),
            last_used_at: key.last_used_at.map(Instant),
            revoked_at: key.revoked_at.map(Instant),
        }
    }
}

/// Reads the id of a key.
fn read_id(text: &str) -> Result<ApiKeyId, crate::api::problem::ApiError> {
    text.parse().map_err(|error: tollgate_store::id::IdError| {
        crate::api::problem::ApiError::InvalidParameter(error.to_string())
    })
}
