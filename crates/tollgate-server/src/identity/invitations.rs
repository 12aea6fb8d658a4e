//! Invitations into organisations: a token that is shown once, for one address, for some days.

use super::organizations::needs;
use super::users::{email, found};
use super::{Actor, Identity, IdentityError, record};
use crate::entropy;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt;
use tollgate_store::id::{InvitationId, OrganizationId, UserId};
use tollgate_store::organization::{self, Invitation, Role};

/// What begins the token of an invitation.
const PREFIX: &str = "tgi_";

/// An invitation that was just made: the only time that its token is shown.
#[derive(Clone)]
pub struct NewInvitation {
    /// What the invited person accepts it with.
    pub token: String,
    /// What is stored of it.
    pub invitation: Invitation,
}

impl fmt::Debug for NewInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewInvitation({}, …)", self.invitation.id)
    }
}

impl Identity {
    /// Invites an address; admins may, into roles up to their own.
    pub async fn invite(
        &self,
        user: UserId,
        id: OrganizationId,
        address: &str,
        role: Role,
    ) -> Result<NewInvitation, IdentityError> {
        let now = self.now();
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(entropy::bytes::<32>()));
        let seconds = i64::from(self.0.config.invitation_seconds.max(1));
        let invitation = Invitation {
            id: InvitationId::new(now, entropy::number()),
            organization: id,
            email: email(address)?,
            role,
            token_hash: hash(&token),
            created_at: now,
            expires_at: now.plus_seconds(seconds),
            accepted_at: None,
            revoked_at: None,
        };
        let made = invitation.clone();
        let invited = self.0.store.transaction(move |transaction| {
            let invitation = made.clone();
            Box::pin(async move {
                let needed = Role::Admin.max(invitation.role);
                if let Err(error) = needs(transaction, user, id, needed).await? {
                    return Ok(Err(error));
                }
                organization::invite(transaction, &invitation).await?;
                let detail = json!({ "invitation": invitation.id, "role": invitation.role });
                let (actor, action) = (Actor::User(user), "invitation.created");
                record(transaction, now, &actor, action, &id, detail).await?;
                Ok(Ok(()))
            })
        });
        invited.await??;
        Ok(NewInvitation { token, invitation })
    }

    /// Up to `limit` invitations after `after`, in the order in which they were made; for admins.
    pub async fn invitations(
        &self,
        user: UserId,
        id: OrganizationId,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Result<Vec<Invitation>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        needs(&mut connection, user, id, Role::Admin).await??;
        Ok(organization::invitations(&mut connection, id, after, limit).await?)
    }

    /// Takes an invitation back; admins may.
    pub async fn revoke_invitation(
        &self,
        user: UserId,
        id: OrganizationId,
        invitation: InvitationId,
    ) -> Result<(), IdentityError> {
        let now = self.now();
        let revoked = self.0.store.transaction(move |transaction| {
            Box::pin(async move {
                if let Err(error) = needs(transaction, user, id, Role::Admin).await? {
                    return Ok(Err(error));
                }
                if !organization::revoke_invitation(transaction, id, invitation, now).await? {
                    return Ok(Err(IdentityError::UnknownInvitation));
                }
                let detail = json!({ "invitation": invitation });
                let (actor, action) = (Actor::User(user), "invitation.revoked");
                record(transaction, now, &actor, action, &id, detail).await?;
                Ok(Ok(()))
            })
        });
        revoked.await?
    }

    /// Accepts an invitation to the user's own address. Answers where they are a member now, and
    /// as what.
    pub async fn accept_invitation(
        &self,
        user: UserId,
        token: &str,
    ) -> Result<(OrganizationId, Role), IdentityError> {
        let account = self.user(user).await?.ok_or(IdentityError::UnknownUser)?;
        let invitation = self.open_invitation(token, &account.email).await?;
        let id = invitation.organization;
        let now = self.now();
        let accepted = self.0.store.transaction(move |transaction| {
            let invitation = invitation.clone();
            Box::pin(async move {
                if !organization::accept(transaction, &invitation, user, now).await? {
                    return Ok(false);
                }
                let detail = json!({ "invitation": invitation.id });
                let (actor, action) = (Actor::User(user), "invitation.accepted");
                record(transaction, now, &actor, action, &id, detail).await?;
                Ok(true)
            })
        });
        found(accepted.await?, IdentityError::UnknownInvitation)?;
        Ok((id, self.role(user, id).await?))
    }

    /// The open invitation of `token`, when it is for `address`.
    pub(super) async fn open_invitation(
        &self,
        token: &str,
        address: &str,
    ) -> Result<Invitation, IdentityError> {
        let now = self.now();
        let found = {
            let mut connection = self.0.store.read().await?;
            organization::invitation_by_token(&mut connection, &hash(token)).await?
        };
        let is_open = |invitation: &Invitation| {
            invitation.accepted_at.is_none()
                && invitation.revoked_at.is_none()
                && invitation.expires_at > now
                && invitation.email == address
        };
        found
            .filter(is_open)
            .ok_or(IdentityError::UnknownInvitation)
    }
}

/// SHA-256, in hex digits: what is stored of a token.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
