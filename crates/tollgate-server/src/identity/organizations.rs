//! Organisations: who belongs to them, and as what.
//!
//! Nobody gives away a role above their own, or changes a member whose role is above theirs.

use super::users::{at_least, name};
use super::{Actor, Identity, IdentityError, record};
use crate::entropy;
use serde_json::json;
use tollgate_core::id::CustomerId;
use tollgate_store::id::{OrganizationId, UserId};
use tollgate_store::organization::{self, MemberChange, Membership, Organization, Role};
use tollgate_store::user::{self, User};
use tollgate_store::{Connection, StoreError};

/// What a transaction found that was not allowed, or what it did.
type Done<T> = Result<T, IdentityError>;

impl Identity {
    /// Founds an organisation; the user is its first owner. Open its customer next.
    pub async fn create_organization(
        &self,
        founder: UserId,
        label: &str,
    ) -> Result<Organization, IdentityError> {
        let now = self.now();
        let id = OrganizationId::new(now, entropy::number());
        let organization = Organization {
            id,
            name: name(label)?,
            customer: CustomerId::new(&id.to_string()).expect("ids are visible ASCII"),
            created_at: now,
        };
        let new = organization.clone();
        let inserted = self.0.store.transaction(move |transaction| {
            let organization = new.clone();
            Box::pin(async move {
                organization::insert(transaction, &organization, founder).await?;
                let (actor, subject) = (Actor::User(founder), organization.id);
                let action = "organization.created";
                record(transaction, now, &actor, action, &subject, json!({})).await
            })
        });
        inserted.await?;
        Ok(organization)
    }

    /// The organisations that a user belongs to, and as what.
    pub async fn organizations_of(
        &self,
        user: UserId,
    ) -> Result<Vec<(Organization, Role)>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        Ok(organization::of_user(&mut connection, user).await?)
    }

    /// What a user is in an organisation; nothing is said about organisations that are not theirs.
    pub async fn role(&self, user: UserId, id: OrganizationId) -> Result<Role, IdentityError> {
        let mut connection = self.0.store.read().await?;
        role_of(&mut connection, user, id).await?
    }

    /// An organisation, for one of its members.
    pub async fn organization(
        &self,
        user: UserId,
        id: OrganizationId,
    ) -> Result<(Organization, Role), IdentityError> {
        let mut connection = self.0.store.read().await?;
        let role = role_of(&mut connection, user, id).await??;
        let found = organization::find(&mut connection, id).await?;
        Ok((found.ok_or(IdentityError::NotMember)?, role))
    }

    /// Changes an organisation's name; admins may.
    pub async fn rename_organization(
        &self,
        user: UserId,
        id: OrganizationId,
        label: &str,
    ) -> Result<(), IdentityError> {
        let (label, now) = (name(label)?, self.now());
        let renamed = self.0.store.transaction(move |transaction| {
            let label = label.clone();
            Box::pin(async move {
                if let Err(error) = needs(transaction, user, id, Role::Admin).await? {
                    return Ok(Err(error));
                }
                organization::rename(transaction, id, &label).await?;
                let action = "organization.renamed";
                record(transaction, now, &Actor::User(user), action, &id, json!({})).await?;
                Ok(Ok(()))
            })
        });
        renamed.await?
    }

    /// Up to `limit` members after `after`, in the order of their ids; for members.
    pub async fn members(
        &self,
        user: UserId,
        id: OrganizationId,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<(Membership, Option<User>)>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        role_of(&mut connection, user, id).await??;
        let memberships = organization::members(&mut connection, id, after, limit).await?;
        let mut members = Vec::with_capacity(memberships.len());
        for membership in memberships {
            let user = user::find(&mut connection, membership.user).await?;
            members.push((membership, user));
        }
        Ok(members)
    }

    /// A member of an organisation, for its admins.
    pub async fn member_for_admin(
        &self,
        user: UserId,
        id: OrganizationId,
        member: UserId,
    ) -> Result<Membership, IdentityError> {
        let mut connection = self.0.store.read().await?;
        at_least(role_of(&mut connection, user, id).await??, Role::Admin)?;
        let found = organization::member(&mut connection, id, member).await?;
        found.ok_or(IdentityError::UnknownMember)
    }

    /// Changes what a member may do; admins may.
    pub async fn set_role(
        &self,
        user: UserId,
        id: OrganizationId,
        member: UserId,
        role: Role,
    ) -> Result<(), IdentityError> {
        let now = self.now();
        let changed = self.0.store.transaction(move |transaction| {
            Box::pin(async move {
                let before = match manageable(transaction, user, id, member).await? {
                    Ok((own, _)) if own < role => {
                        return Ok(Err(IdentityError::RoleTooLow { needed: role }));
                    }
                    Ok((_, before)) => before,
                    Err(error) => return Ok(Err(error)),
                };
                let created_at = before.created_at;
                let (organization, user_id) = (id, member);
                let after = Membership {
                    organization,
                    user: user_id,
                    role,
                    created_at,
                };
                match organization::set_member(transaction, &after).await? {
                    MemberChange::Done => {}
                    MemberChange::LastOwner => return Ok(Err(IdentityError::LastOwner)),
                    MemberChange::NotFound => return Ok(Err(IdentityError::UnknownMember)),
                }
                let detail = json!({ "member": member, "from": before.role, "to": role });
                let (actor, action) = (Actor::User(user), "member.role_changed");
                record(transaction, now, &actor, action, &id, detail).await?;
                Ok(Ok(()))
            })
        });
        changed.await?
    }

    /// Removes a member; admins may, and members themselves.
    pub async fn remove_member(
        &self,
        user: UserId,
        id: OrganizationId,
        member: UserId,
    ) -> Result<(), IdentityError> {
        let now = self.now();
        let removed = self.0.store.transaction(move |transaction| {
            Box::pin(async move {
                let allowed = if user == member {
                    role_of(transaction, user, id).await?.map(drop)
                } else {
                    manageable(transaction, user, id, member).await?.map(drop)
                };
                if let Err(error) = allowed {
                    return Ok(Err(error));
                }
                match organization::remove_member(transaction, id, member).await? {
                    MemberChange::Done => {}
                    MemberChange::LastOwner => return Ok(Err(IdentityError::LastOwner)),
                    MemberChange::NotFound => return Ok(Err(IdentityError::UnknownMember)),
                }
                let detail = json!({ "member": member });
                let (actor, action) = (Actor::User(user), "member.removed");
                record(transaction, now, &actor, action, &id, detail).await?;
                Ok(Ok(()))
            })
        });
        removed.await?
    }

    /// Writes into the audit log that a member's cap was set.
    pub async fn record_member_cap(
        &self,
        user: UserId,
        id: OrganizationId,
        detail: serde_json::Value,
    ) -> Result<(), IdentityError> {
        let now = self.now();
        let recorded = self.0.store.transaction(move |transaction| {
            let detail = detail.clone();
            Box::pin(async move {
                let (actor, action) = (Actor::User(user), "member.cap_set");
                record(transaction, now, &actor, action, &id, detail).await
            })
        });
        Ok(recorded.await?)
    }
}

/// What a user is in an organisation.
pub(super) async fn role_of(
    connection: &mut Connection<'_>,
    user: UserId,
    id: OrganizationId,
) -> Result<Done<Role>, StoreError> {
    let membership = organization::member(connection, id, user).await?;
    Ok(membership
        .map(|membership| membership.role)
        .ok_or(IdentityError::NotMember))
}

/// The user's role, when it is at least `needed`.
pub(super) async fn needs(
    connection: &mut Connection<'_>,
    user: UserId,
    id: OrganizationId,
    needed: Role,
) -> Result<Done<Role>, StoreError> {
    let role = role_of(connection, user, id).await?;
    Ok(role.and_then(|role| at_least(role, needed).map(|()| role)))
}

/// The user's role and the other one's membership, when the user may change it.
async fn manageable(
    connection: &mut Connection<'_>,
    user: UserId,
    id: OrganizationId,
    member: UserId,
) -> Result<Done<(Role, Membership)>, StoreError> {
    let own = match needs(connection, user, id, Role::Admin).await? {
        Ok(own) => own,
        Err(error) => return Ok(Err(error)),
    };
    let Some(membership) = organization::member(connection, id, member).await? else {
        return Ok(Err(IdentityError::UnknownMember));
    };
    if membership.role > own {
        let needed = membership.role;
        return Ok(Err(IdentityError::RoleTooLow { needed }));
    }
    Ok(Ok((own, membership)))
}
