//! Ways to the billing page and to the widgets, for customers whom the host app has signed in.

mod link;
mod widget_token;

pub use link::*;
pub use widget_token::*;

use crate::api::problem::ApiError;
use crate::api::schema;
use crate::identity::Visitor;
use crate::state::AppState;
use serde::{Deserialize, Serialize};
use tollgate_core::id::{CustomerId, MemberId};
use tollgate_store::organization::Role;
use utoipa::ToSchema;

/// Who will visit.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitorBody {
    /// Who acts for the customer, when it is an organisation.
    #[schema(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
    /// What they may do: a `member` sees everything and pays nothing.
    #[serde(default)]
    pub role: RoleWord,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    /// Everything.
    #[default]
    Owner,
    /// Pay, and change the plan.
    Admin,
    /// Look.
    Member,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Owner => Self::Owner,
            RoleWord::Admin => Self::Admin,
            RoleWord::Member => Self::Member,
        }
    }
}

impl VisitorBody {
    /// The visitor, for a customer that exists.
    async fn visitor(self, state: &AppState, customer: CustomerId) -> Result<Visitor, ApiError> {
        if state.tollgate.account(&customer).await?.is_none() {
            return Err(ApiError::unknown_customer());
        }
        Ok(Visitor::Customer {
            customer,
            member: self.member,
            role: self.role.into(),
        })
    }
}
