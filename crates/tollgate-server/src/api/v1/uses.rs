//! What a request wants to use, as it stands in a body.

use crate::api::problem::ApiError;
use crate::api::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tollgate_core::id::{FeatureId, MemberId};
use tollgate_core::request::{Consume, Metadata, RequestError, Use, Uses};
use utoipa::ToSchema;

/// So many uses of a feature.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseBody {
    /// The feature.
    #[schema(value_type = schema::FeatureId)]
    pub feature: FeatureId,
    /// How many uses.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_u64, default = 1)]
    pub amount: u64,
}

fn one() -> u64 {
    1
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

/// The uses of a body: `feature` and `amount`, or the list `uses`. `None` when it names neither.
pub fn read_uses(
    feature: Option<FeatureId>,
    amount: Option<u64>,
    uses: Option<Vec<UseBody>>,
    least: u64,
) -> Result<Option<Uses>, ApiError> {
    let named = match (feature, uses) {
        (Some(feature), None) => vec![Use {
            feature,
            amount: amount.unwrap_or(1),
        }],
        (None, Some(uses)) if amount.is_none() => uses
            .into_iter()
            .map(|one| Use {
                feature: one.feature,
                amount: one.amount,
            })
            .collect(),
        (None, None) if amount.is_none() => return Ok(None),
        _ => {
            return Err(ApiError::InvalidRequest(
                "name either feature (with amount) or uses".to_owned(),
            ));
        }
    };
    Ok(Some(Uses::new(named, least)?))
}

/// The same where something must be named.
pub fn demand_uses(
    feature: Option<FeatureId>,
    amount: Option<u64>,
    uses: Option<Vec<UseBody>>,
) -> Result<Uses, ApiError> {
    read_uses(feature, amount, uses, 1)?.ok_or_else(|| RequestError::NoUses.into())
}

/// The metadata of a body.
pub fn read_metadata(value: Option<Value>) -> Result<Option<Metadata>, ApiError> {
    Ok(value.map(Metadata::new).transpose()?)
}

/// A consumption without metadata, to ask about.
pub fn question(uses: Uses, member: Option<MemberId>) -> Consume {
    Consume {
        uses,
        member,
        metadata: None,
    }
}
