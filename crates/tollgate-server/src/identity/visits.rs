//! Visits to the pages: sessions of browsers, links that begin one, and tokens of widgets.
//!
//! A visit's secret is 32 random bytes that only the visitor has; the table keeps its hash. So a
//! copy of the database lets nobody in.

use super::{Actor, Identity, IdentityError, OWNER, record};
use crate::auth::rate_limit::Figures;
use crate::entropy;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::net::IpAddr;
use tollgate_core::Timestamp;
use tollgate_store::user::User;
pub use tollgate_store::visit::{Purpose, Visit, Visitor};
use tollgate_store::{setting, user, visit};

/// What the secret of a visit begins with.
const PREFIX: &str = "tgv_";
/// How long a link works.
pub const LINK_SECONDS: i64 = 1_800;
/// The setting that says that the first link into the owner's pages was given out.
const FIRST_LINK: &str = "admin.first_link";
/// Visits forgotten at once, and how long after their end.
const PRUNE_MAX: u32 = 10_000;
const PRUNE_AFTER_SECONDS: i64 = 7 * 86_400;

/// What a visitor shows.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitSecret(String);

impl VisitSecret {
    fn new() -> Self {
        Self(format!("{PREFIX}{}", hex::encode(entropy::bytes::<32>())))
    }

    /// Reads what a visitor shows.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_one = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// The text, for the visitor alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for VisitSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisitSecret(…)")
    }
}

/// Whether the owner of this server opened a visit of somebody else, to look.
pub fn is_owner_looking(visit: &Visit) -> bool {
    visit.opened_by.split(',').next() == Some(OWNER)
}

impl Identity {
    /// Signs a user in for the pages.
    pub async fn sign_in(
        &self,
        address: IpAddr,
        email: &str,
        password: &str,
    ) -> Result<(VisitSecret, Visit, Figures), IdentityError> {
        let (user, figures) = self.authorize(address, email, password).await?;
        let (secret, visit) = self.begin_user_visit(&user).await?;
        Ok((secret, visit, figures))
    }

    /// Begins the session of a user who has just proved who they are.
    pub async fn begin_user_visit(
        &self,
        user: &User,
    ) -> Result<(VisitSecret, Visit), IdentityError> {
        let seconds = i64::from(self.config().refresh_token_seconds);
        let visitor = Visitor::User(user.id);
        self.begin_visit(visitor, &Actor::User(user.id), Purpose::Session, seconds)
            .await
    }

    /// Begins a visit of so many seconds. Who lets somebody else in stands in the audit log.
    pub async fn begin_visit(
        &self,
        visitor: Visitor,
        opened_by: &Actor,
        purpose: Purpose,
        seconds: i64,
    ) -> Result<(VisitSecret, Visit), IdentityError> {
        let secret = VisitSecret::new();
        let now = self.now();
        let visit = Visit {
            hash: secret.hash(),
            purpose,
            visitor,
            opened_by: opened_by.to_string(),
            created_at: now,
            expires_at: now.plus_seconds(seconds),
            ended_at: None,
        };
        let (row, actor) = (visit.clone(), opened_by.clone());
        let inserted = self.0.store.transaction(move |transaction| {
            let (row, actor) = (row.clone(), actor.clone());
            Box::pin(async move {
                visit::insert(transaction, &row).await?;
                if matches!(row.visitor, Visitor::User(_)) {
                    return Ok(());
                }
                let subject = match &row.visitor {
                    Visitor::Customer { customer, .. } => customer.to_string(),
                    _ => "owner".to_owned(),
                };
                let detail = json!({
                    "purpose": row.purpose.as_str(),
                    "expires_at": row.expires_at.to_string(),
                });
                record(transaction, now, &actor, "visit.opened", &subject, detail).await
            })
        });
        inserted.await?;
        Ok((secret, visit))
    }

    /// The visit of a secret, while it is good for `purpose`. A user who is locked out has none.
    pub async fn visit(
        &self,
        secret: &VisitSecret,
        purpose: Purpose,
    ) -> Result<Option<Visit>, IdentityError> {
        let now = self.now();
        let found = {
            let mut connection = self.0.store.read().await?;
            visit::find(&mut connection, &secret.hash()).await?
        };
        let is_good = |visit: &Visit| {
            visit.purpose == purpose && visit.ended_at.is_none() && now < visit.expires_at
        };
        let Some(visit) = found.filter(is_good) else {
            return Ok(None);
        };
        if let Visitor::User(user) = visit.visitor {
            let mut connection = self.0.store.read().await?;
            let user = user::find(&mut connection, user).await?;
            if user.is_none_or(|user| user.disabled_at.is_some()) {
                return Ok(None);
            }
        }
        Ok(Some(visit))
    }

    /// Uses a link of somebody whom `is_meant` accepts, once, and begins the session that it leads
    /// to, of so many seconds.
    pub async fn follow_link(
        &self,
        secret: &VisitSecret,
        is_meant: impl FnOnce(&Visitor) -> bool,
        seconds: i64,
    ) -> Result<Option<(VisitSecret, Visit)>, IdentityError> {
        let link = self.visit(secret, Purpose::Link).await?;
        let Some(link) = link.filter(|link| is_meant(&link.visitor)) else {
            return Ok(None);
        };
        let now = self.now();
        let session = VisitSecret::new();
        let visit = Visit {
            hash: session.hash(),
            purpose: Purpose::Session,
            created_at: now,
            expires_at: now.plus_seconds(seconds),
            ..link.clone()
        };
        let row = visit.clone();
        let used = self.0.store.transaction(move |transaction| {
            let (row, hash) = (row.clone(), link.hash.clone());
            Box::pin(async move {
                // Of two who follow it at once, one comes in.
                if !visit::end(transaction, &hash, now).await? {
                    return Ok(false);
                }
                visit::insert(transaction, &row).await.map(|()| true)
            })
        });
        Ok(used.await?.then_some((session, visit)))
    }

    /// A link into the owner's pages, which works once, for half an hour: its path.
    pub async fn owner_link(&self, opened_by: &Actor) -> Result<String, IdentityError> {
        let link = self.begin_visit(Visitor::Owner, opened_by, Purpose::Link, LINK_SECONDS);
        let (secret, _) = link.await?;
        Ok(format!("/admin/enter?link={}", secret.reveal()))
    }

    /// The same, of the first server that ever starts on this database; later ones get none.
    pub async fn first_owner_link(&self) -> Result<Option<String>, IdentityError> {
        let own = hex::encode(entropy::bytes::<8>());
        let mark = own.clone();
        let found = self.0.store.transaction(move |transaction| {
            let mark = mark.clone();
            Box::pin(async move { setting::find_or_add(transaction, FIRST_LINK, &mark).await })
        });
        if found.await? != own {
            return Ok(None);
        }
        self.owner_link(&Actor::Command("serve")).await.map(Some)
    }

    /// Ends a visit.
    pub async fn end_visit(&self, secret: &VisitSecret) -> Result<(), IdentityError> {
        let (hash, now) = (secret.hash(), self.now());
        let ended = self.0.store.transaction(move |transaction| {
            let hash = hash.clone();
            Box::pin(async move { visit::end(transaction, &hash, now).await })
        });
        Ok(ended.await.map(drop)?)
    }

    pub(super) async fn prune_visits(&self) -> Result<(), IdentityError> {
        let before: Timestamp = self.now().plus_seconds(-PRUNE_AFTER_SECONDS);
        let pruned = self.0.store.transaction(move |transaction| {
            Box::pin(async move { visit::prune(transaction, before, PRUNE_MAX).await })
        });
        Ok(pruned.await.map(drop)?)
    }
}
