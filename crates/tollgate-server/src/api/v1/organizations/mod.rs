//! Organisations: several users who share a customer. Users manage theirs with their own tokens.
//!
//! Whoever is not a member is answered the same as if there were no such organisation.

mod accept_invitation;
mod caps;
mod create;
mod get;
mod invitations;
mod invite;
mod list;
mod members;
mod remove_cap;
mod remove_member;
mod rename;
mod revoke_invitation;
mod set_cap;
mod set_role;

pub use accept_invitation::*;
pub use caps::*;
pub use create::*;
pub use get::*;
pub use invitations::*;
pub use invite::*;
pub use list::*;
pub use members::*;
pub use remove_cap::*;
pub use remove_member::*;
pub use rename::*;
pub use revoke_invitation::*;
pub use set_cap::*;
pub use set_role::*;

use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::identity::IdentityError;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use tollgate_store::id::{OrganizationId, UserId};
use tollgate_store::organization::{Organization, Role};
use utoipa::ToSchema;

/// What a user may do in an organisation; each role includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// Uses its quota.
    Member,
    /// Manages its members.
    Admin,
    /// Manages everything; there is always at least one.
    Owner,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Admin => Self::Admin,
            RoleName::Owner => Self::Owner,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

/// An organisation, for one of its members.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationBody {
    /// Its own for ever; for the header `X-Organization`, too.
    #[schema(value_type = schema::OrganizationId)]
    pub id: String,
    /// What people read.
    pub name: String,
    /// The customer whose quota its members use.
    #[schema(value_type = schema::CustomerId)]
    pub customer_id: String,
    /// What the one who asks may do there.
    pub role: RoleName,
    /// When it was founded.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
}

impl OrganizationBody {
    fn new(organization: Organization, role: Role) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name,
            customer_id: organization.customer.to_string(),
            role: role.into(),
            created_at: Instant(organization.created_at),
        }
    }
}

/// The name of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationNameBody {
    /// What people read.
    #[schema(min_length = 1, max_length = 100, example = "Acme Logistics")]
    pub name: String,
}

/// The organisation in a path; one that cannot be read is answered like somebody else's.
fn organization_id(text: &str) -> Result<OrganizationId, ApiError> {
    text.parse().map_err(|_| IdentityError::NotMember.into())
}

/// The member in a path; one that cannot be read is answered like one who is not there.
fn member_id(text: &str) -> Result<UserId, ApiError> {
    text.parse()
        .map_err(|_| IdentityError::UnknownMember.into())
}

/// The id of the last thing on the page before.
fn after<T: FromStr>(text: Option<&str>) -> Result<Option<T>, ApiError>
where
    T::Err: std::fmt::Display,
{
    let read = |text: &str| {
        text.parse()
            .map_err(|error: T::Err| ApiError::InvalidParameter(format!("starting_after: {error}")))
    };
    text.map(read).transpose()
}
