//! Organisations, who belongs to them, and who is invited.

use crate::error::StoreError;
use crate::id::{InvitationId, OrganizationId, UserId};
use crate::sql::{Connection, Row, statements};
use std::str::FromStr;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;

/// Several users who share a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its own for ever.
    pub id: OrganizationId,
    /// What people read.
    pub name: String,
    /// The customer whose quota its members use.
    pub customer: CustomerId,
    /// When it was founded.
    pub created_at: Timestamp,
}

/// What a user may do in an organisation; each role includes those below it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uses its quota.
    Member,
    /// Manages its members.
    Admin,
    /// Manages everything; there is always at least one.
    Owner,
}

impl Role {
    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

/// Not a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role: owner, admin or member")]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(word: &str) -> Result<Self, RoleError> {
        [Role::Member, Role::Admin, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| RoleError(word.to_owned()))
    }
}

/// A user's place in an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

/// An invitation into an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its own for ever.
    pub id: InvitationId,
    /// Into which.
    pub organization: OrganizationId,
    /// Who is invited, in lower case.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Of the token that was sent, SHA-256 in hex digits.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it can no longer be accepted.
    pub expires_at: Timestamp,
    /// When it was accepted, if it was.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
}

statements! {
    INSERT("organizations") =
        "INSERT INTO organizations (id, name, customer_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING";
    FIND("organizations") = "SELECT id, name, customer_id, created_at FROM organizations WHERE id = $1";
    LIST("organizations") =
        "SELECT id, name, customer_id, created_at FROM organizations WHERE id > $1 ORDER BY id LIMIT $2";
    RENAME("organizations") = "UPDATE organizations SET name = $2 WHERE id = $1";
    // Every change of an organisation's members holds this row, so that they happen one by one.
    LOCK("organizations") = "UPDATE organizations SET name = name WHERE id = $1";
    OF_USER("organizations") =
        "SELECT o.id, o.name, o.customer_id, o.created_at, m.role
         FROM memberships m JOIN organizations o ON o.id = m.organization_id
         WHERE m.user_id = $1 ORDER BY o.id";
    SET_MEMBER("memberships") =
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role";
    REMOVE_MEMBER("memberships") = "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2";
    FIND_MEMBER("memberships") =
        "SELECT organization_id, user_id, role, created_at FROM memberships
         WHERE organization_id = $1 AND user_id = $2";
    MEMBERS("memberships") =
        "SELECT organization_id, user_id, role, created_at FROM memberships
         WHERE organization_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3";
    OTHER_OWNERS("memberships") =
        "SELECT COUNT(*) AS owners FROM memberships
         WHERE organization_id = $1 AND user_id <> $2 AND role = 'owner'";
    INSERT_INVITATION("invitations") =
        "INSERT INTO invitations
         (id, organization_id, email, role, token_hash, created_at, expires_at, accepted_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
    FIND_INVITATION("invitations") =
        "SELECT id, organization_id, email, role, token_hash, created_at, expires_at, accepted_at, revoked_at
         FROM invitations WHERE id = $1";
    FIND_INVITATION_BY_TOKEN("invitations") =
        "SELECT id, organization_id, email, role, token_hash, created_at, expires_at, accepted_at, revoked_at
         FROM invitations WHERE token_hash = $1";
    INVITATIONS("invitations") =
        "SELECT id, organization_id, email, role, token_hash, created_at, expires_at, accepted_at, revoked_at
         FROM invitations WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    ACCEPT_INVITATION("invitations") =
        "UPDATE invitations SET accepted_at = $2
         WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
    REVOKE_INVITATION("invitations") =
        "UPDATE invitations SET revoked_at = $3
         WHERE id = $1 AND organization_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL";
}

/// Founds an organisation with its first owner.
pub async fn insert(
    connection: &mut Connection<'_>,
    organization: &Organization,
    owner: UserId,
) -> Result<(), StoreError> {
    let values = [
        organization.id.into(),
        organization.name.as_str().into(),
        organization.customer.as_str().into(),
        organization.created_at.into(),
    ];
    connection.execute(INSERT, values).await?;
    let membership = Membership {
        organization: organization.id,
        user: owner,
        role: Role::Owner,
        created_at: organization.created_at,
    };
    write_member(connection, &membership).await
}

/// The organisation with this id.
pub async fn find(
    connection: &mut Connection<'_>,
    id: OrganizationId,
) -> Result<Option<Organization>, StoreError> {
    connection
        .fetch_optional(FIND, [id.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Up to `limit` organisations after `after`, in the order of their ids.
pub async fn list(
    connection: &mut Connection<'_>,
    after: Option<OrganizationId>,
    limit: u32,
) -> Result<Vec<Organization>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = connection
        .fetch_all(LIST, [after.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

/// Changes its name. False when there is no such organisation.
pub async fn rename(
    connection: &mut Connection<'_>,
    id: OrganizationId,
    name: &str,
) -> Result<bool, StoreError> {
    Ok(connection.execute(RENAME, [id.into(), name.into()]).await? > 0)
}

/// The organisations that a user belongs to, and as what.
pub async fn of_user(
    connection: &mut Connection<'_>,
    user: UserId,
) -> Result<Vec<(Organization, Role)>, StoreError> {
    let rows = connection.fetch_all(OF_USER, [user.into()]).await?;
    rows.iter()
        .map(|row| Ok((read(row)?, row.parse("role")?)))
        .collect()
}

/// What became of a change of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// It is as was asked.
    Done,
    /// The organisation would have no owner left; nothing has changed.
    LastOwner,
    /// There is no such organisation, or no such member in it; nothing has changed.
    NotFound,
}

/// Adds a member, or changes their role. Run it in a transaction: it counts the owners first.
pub async fn set_member(
    connection: &mut Connection<'_>,
    membership: &Membership,
) -> Result<MemberChange, StoreError> {
    if connection
        .execute(LOCK, [membership.organization.into()])
        .await?
        == 0
    {
        return Ok(MemberChange::NotFound);
    }
    let before = member(connection, membership.organization, membership.user).await?;
    let steps_down =
        before.is_some_and(|before| before.role == Role::Owner) && membership.role != Role::Owner;
    if steps_down && !has_other_owner(connection, membership.organization, membership.user).await? {
        return Ok(MemberChange::LastOwner);
    }
    write_member(connection, membership).await?;
    Ok(MemberChange::Done)
}

/// Removes a member. Run it in a transaction: it counts the owners first.
pub async fn remove_member(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<MemberChange, StoreError> {
    connection.execute(LOCK, [organization.into()]).await?;
    let Some(before) = member(connection, organization, user).await? else {
        return Ok(MemberChange::NotFound);
    };
    if before.role == Role::Owner && !has_other_owner(connection, organization, user).await? {
        return Ok(MemberChange::LastOwner);
    }
    connection
        .execute(REMOVE_MEMBER, [organization.into(), user.into()])
        .await?;
    Ok(MemberChange::Done)
}

/// A user's place in an organisation.
pub async fn member(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Membership>, StoreError> {
    let row = connection
        .fetch_optional(FIND_MEMBER, [organization.into(), user.into()])
        .await?;
    row.map(|row| read_member(&row)).transpose()
}

/// Up to `limit` members after `after`, in the order of their ids.
pub async fn members(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Membership>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let values = [organization.into(), after.into(), i64::from(limit).into()];
    connection
        .fetch_all(MEMBERS, values)
        .await?
        .iter()
        .map(read_member)
        .collect()
}

/// Adds an invitation.
pub async fn invite(
    connection: &mut Connection<'_>,
    invitation: &Invitation,
) -> Result<(), StoreError> {
    let values = [
        invitation.id.into(),
        invitation.organization.into(),
        invitation.email.to_lowercase().into(),
        invitation.role.as_str().into(),
        invitation.token_hash.as_str().into(),
        invitation.created_at.into(),
        invitation.expires_at.into(),
        invitation.accepted_at.into(),
        invitation.revoked_at.into(),
    ];
    connection
        .execute(INSERT_INVITATION, values)
        .await
        .map(drop)
}

/// The invitation with this id.
pub async fn invitation(
    connection: &mut Connection<'_>,
    id: InvitationId,
) -> Result<Option<Invitation>, StoreError> {
    let row = connection
        .fetch_optional(FIND_INVITATION, [id.into()])
        .await?;
    row.map(|row| read_invitation(&row)).transpose()
}

/// The invitation whose token has this hash.
pub async fn invitation_by_token(
    connection: &mut Connection<'_>,
    token_hash: &str,
) -> Result<Option<Invitation>, StoreError> {
    let row = connection
        .fetch_optional(FIND_INVITATION_BY_TOKEN, [token_hash.into()])
        .await?;
    row.map(|row| read_invitation(&row)).transpose()
}

/// Up to `limit` invitations after `after`, in the order of their ids.
pub async fn invitations(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    after: Option<InvitationId>,
    limit: u32,
) -> Result<Vec<Invitation>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let values = [organization.into(), after.into(), i64::from(limit).into()];
    connection
        .fetch_all(INVITATIONS, values)
        .await?
        .iter()
        .map(read_invitation)
        .collect()
}

/// Accepts an open invitation for `user`, who then is a member. False when it is not open any
/// more. Run it in a transaction.
pub async fn accept(
    connection: &mut Connection<'_>,
    invitation: &Invitation,
    user: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if connection
        .execute(ACCEPT_INVITATION, [invitation.id.into(), now.into()])
        .await?
        == 0
    {
        return Ok(false);
    }
    // Someone who is a member already keeps the higher of both roles.
    let before = member(connection, invitation.organization, user).await?;
    let role = before.map_or(invitation.role, |before| before.role.max(invitation.role));
    let organization = invitation.organization;
    write_member(
        connection,
        &Membership {
            organization,
            user,
            role,
            created_at: now,
        },
    )
    .await?;
    Ok(true)
}

/// Takes an open invitation back. False when it is not open, or not this organisation's.
pub async fn revoke_invitation(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    id: InvitationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let values = [id.into(), organization.into(), now.into()];
    Ok(connection.execute(REVOKE_INVITATION, values).await? > 0)
}

async fn write_member(
    connection: &mut Connection<'_>,
    membership: &Membership,
) -> Result<(), StoreError> {
    let values = [
        membership.organization.into(),
        membership.user.into(),
        membership.role.as_str().into(),
        membership.created_at.into(),
    ];
    connection.execute(SET_MEMBER, values).await.map(drop)
}

async fn has_other_owner(
    connection: &mut Connection<'_>,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, StoreError> {
    match connection
        .fetch_optional(OTHER_OWNERS, [organization.into(), user.into()])
        .await?
    {
        Some(row) => Ok(row.integer("owners")? > 0),
        None => Ok(false),
    }
}

fn read(row: &Row) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: row.parse("id")?,
        name: row.text("name")?,
        customer: row.parse("customer_id")?,
        created_at: row.timestamp("created_at")?,
    })
}

fn read_member(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        organization: row.parse("organization_id")?,
        user: row.parse("user_id")?,
        role: row.parse("role")?,
        created_at: row.timestamp("created_at")?,
    })
}

fn read_invitation(row: &Row) -> Result<Invitation, StoreError> {
    Ok(Invitation {
        id: row.parse("id")?,
        organization: row.parse("organization_id")?,
        email: row.text("email")?,
        role: row.parse("role")?,
        token_hash: row.text("token_hash")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        accepted_at: row.timestamp_optional("accepted_at")?,
        revoked_at: row.timestamp_optional("revoked_at")?,
    })
}
