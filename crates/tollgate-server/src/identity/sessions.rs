//! Sessions: access tokens that are checked without the database, refresh tokens that are
//! exchanged once each, and the end of both.

use super::api_keys::TEST_PREFIX;
use super::{Actor, Identity, IdentityError, record};
use crate::auth::TokenError;
use crate::auth::host_token::HostIdentity;
use crate::auth::token::{Exchange, RefreshToken, RefreshTokenHash, SessionId, StoredRefresh};
use crate::entropy;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, MemberId};
use tollgate_store::id::{OrganizationId, UserId};
use tollgate_store::refresh_token::{self, RefreshToken as RefreshRow};
use tollgate_store::{Transaction, user};

/// How often an exchange is decided again when somebody else exchanges the same token.
const EXCHANGE_TRIES_MAX: u32 = 4;
/// Tokens forgotten at once, and how long after their end.
const PRUNE_MAX: u32 = 10_000;
const PRUNE_AFTER_SECONDS: i64 = 7 * 86_400;
/// Ended sessions that are kept in mind until their access tokens have ended too.
const ENDED_MAX: usize = 65_536;

/// Whom an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user with an account here.
    Local {
        /// Who.
        user: UserId,
        /// The session that the token was given out in.
        session: SessionId,
    },
    /// A user of the host app.
    Host {
        /// Who pays: the organisation, or else the user.
        customer: CustomerId,
        /// Who acts, when the customer is an organisation.
        member: Option<MemberId>,
    },
}

impl Principal {
    /// What tells it from every other one.
    pub fn name(&self) -> String {
        match self {
            Self::Local { user, .. } => user.to_string(),
            Self::Host { customer, member } => match member {
                Some(member) => format!("host {customer} {member}"),
                None => format!("host {customer}"),
            },
        }
    }
}

/// What a client gets when it has signed in.
#[derive(Clone)]
pub struct Tokens {
    /// For every request.
    pub access_token: String,
    /// Seconds for which it is valid.
    pub expires_in: i64,
    /// For getting the next ones, once.
    pub refresh_token: String,
    /// Seconds after which it ends when it is not used.
    pub refresh_expires_in: i64,
    /// Who signed in.
    pub user: UserId,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({}, …)", self.user)
    }
}

/// What became of an exchange within one transaction.
enum Outcome {
    Rotated(Box<StoredRefresh>),
    Refused,
    Reused(SessionId),
    /// Somebody else exchanged it meanwhile: decide again.
    Moved,
}

impl Identity {
    /// Whom a token stands for: one of ours, or one of the host's.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, IdentityError> {
        let now = self.now();
        let signing = &self.0.signing;
        match signing.ring().verify(token, now) {
            Ok(claims) => return self.local(&claims.subject, claims.session, now),
            Err(TokenError::KeyUnknown) => {}
            // Without a key id it can only be the host's.
            Err(error) if signing.hosts().is_empty() => return Err(IdentityError::Token(error)),
            Err(_) => {}
        }
        let mut refusal = TokenError::KeyUnknown;
        for host in signing.hosts() {
            match host.verify(token, now).await {
                Ok(identity) => return of_host(identity),
                Err(error) => refusal = error,
            }
        }
        // Another replica may have a new key.
        if signing.reload(&self.0.store, now).await?
            && let Ok(claims) = signing.ring().verify(token, now)
        {
            return self.local(&claims.subject, claims.session, now);
        }
        Err(IdentityError::Token(refusal))
    }

    fn local(
        &self,
        subject: &str,
        session: SessionId,
        now: Timestamp,
    ) -> Result<Principal, IdentityError> {
        let user = subject
            .parse()
            .map_err(|_| IdentityError::Token(TokenError::Claim("sub".into())))?;
        if self.0.ended.contains(&session, now) {
            return Err(IdentityError::Token(TokenError::Expired));
        }
        Ok(Principal::Local { user, session })
    }

    /// Begins a session.
    pub(super) async fn begin_session(&self, user: UserId) -> Result<Tokens, IdentityError> {
        let now = self.now();
        let session = SessionId::new(now, entropy::bytes());
        let token = RefreshToken::new(entropy::bytes());
        let rules = self.0.config.refresh_rules();
        let stored = StoredRefresh::first(&token, session, user.to_string(), now, rules);
        let row = row(&stored, user);
        let inserted = self.0.store.transaction(move |transaction| {
            let row = row.clone();
            Box::pin(async move { refresh_token::insert(transaction, &row).await })
        });
        inserted.await?;
        self.tokens(user, &token, &stored, now)
    }

    /// Exchanges a refresh token. One that comes again ends its whole session, unless it comes
    /// again so soon that its owner sent it twice.
    pub async fn refresh(&self, text: &str) -> Result<Tokens, IdentityError> {
        let token = RefreshToken::parse(text).ok_or(IdentityError::RefreshRefused)?;
        let next = RefreshToken::new(entropy::bytes());
        let rules = self.0.config.refresh_rules();
        let now = self.now();
        for _ in 0..EXCHANGE_TRIES_MAX {
            let (token, successor) = (token.clone(), next.clone());
            let exchange = self.0.store.transaction(move |transaction| {
                let (token, next) = (token.clone(), successor.clone());
                Box::pin(async move {
                    let hash = hex::encode(token.hash().as_bytes());
                    let found = refresh_token::find(transaction, &hash).await?;
                    let Some(found) = found else {
                        return Ok(Outcome::Refused);
                    };
                    let user = found.user;
                    let was_used = found.used_at.is_some();
                    let stored = stored(found, token.hash(), rules.session_seconds);
                    match stored.exchange(&next, now, rules) {
                        Exchange::Rotated { next, .. } => {
                            rotate(transaction, &hash, *next, user, was_used, now).await
                        }
                        Exchange::Reused { session, .. } => {
                            end(transaction, &session, user, "session.token_reused", now).await?;
                            Ok(Outcome::Reused(session))
                        }
                        Exchange::Revoked | Exchange::Expired => Ok(Outcome::Refused),
                    }
                })
            });
            match exchange.await? {
                Outcome::Rotated(stored) => {
                    let user = stored
                        .user
                        .parse()
                        .map_err(|_| IdentityError::RefreshRefused)?;
                    return self.tokens(user, &next, &stored, now);
                }
                Outcome::Refused => return Err(IdentityError::RefreshRefused),
                Outcome::Reused(session) => {
                    tracing::warn!(session = session.as_str(), "a refresh token came twice");
                    self.forget_session(&session, now);
                    return Err(IdentityError::RefreshRefused);
                }
                Outcome::Moved => {}
            }
        }
        Err(IdentityError::Busy)
    }

    /// Ends the session of a refresh token. Nothing is said about tokens that are not there.
    pub async fn logout_by_refresh_token(&self, text: &str) -> Result<(), IdentityError> {
        let Some(token) = RefreshToken::parse(text) else {
            return Ok(());
        };
        let hash = hex::encode(token.hash().as_bytes());
        let found = {
            let mut connection = self.0.store.read().await?;
            refresh_token::find(&mut connection, &hash).await?
        };
        match found {
            Some(row) => {
                self.logout(row.user, &SessionId::from_stored(row.family))
                    .await
            }
            None => Ok(()),
        }
    }

    /// Ends a session: its refresh tokens everywhere at once, its access tokens at once here and
    /// on other replicas when they expire.
    pub async fn logout(&self, user: UserId, session: &SessionId) -> Result<(), IdentityError> {
        let now = self.now();
        let ended = session.clone();
        let revoked = self.0.store.transaction(move |transaction| {
            let session = ended.clone();
            Box::pin(async move { end(transaction, &session, user, "session.ended", now).await })
        });
        revoked.await?;
        self.forget_session(session, now);
        Ok(())
    }

    fn forget_session(&self, session: &SessionId, now: Timestamp) {
        let access_seconds = self.0.config.token_rules().access_seconds;
        self.0
            .ended
            .add(session.clone(), now.plus_seconds(access_seconds), now);
    }

    pub(super) async fn prune_sessions(&self) -> Result<(), IdentityError> {
        let before = self.now().plus_seconds(-PRUNE_AFTER_SECONDS);
        let pruned = self.0.store.transaction(move |transaction| {
            Box::pin(async move { refresh_token::prune(transaction, before, PRUNE_MAX).await })
        });
        Ok(pruned.await.map(drop)?)
    }

    fn tokens(
        &self,
        user: UserId,
        refresh: &RefreshToken,
        stored: &StoredRefresh,
        now: Timestamp,
    ) -> Result<Tokens, IdentityError> {
        let ring = self.0.signing.ring();
        let access = ring
            .issue(&user.to_string(), &stored.session, now)
            .map_err(IdentityError::Token)?;
        Ok(Tokens {
            access_token: access.token,
            expires_in: now.seconds_until(access.expires_at),
            refresh_token: refresh.reveal().to_owned(),
            refresh_expires_in: now.seconds_until(stored.expires_at),
            user,
        })
    }
}

async fn rotate(
    transaction: &mut Transaction,
    hash: &str,
    next: StoredRefresh,
    user: UserId,
    was_used: bool,
    now: Timestamp,
) -> Result<Outcome, tollgate_store::StoreError> {
    let is_locked_out = user::find(transaction, user)
        .await?
        .is_none_or(|user| user.disabled_at.is_some());
    if is_locked_out {
        return Ok(Outcome::Refused);
    }
    if was_used {
        // A repetition: its answer was lost, or it came from a second tab.
        refresh_token::insert(transaction, &row(&next, user)).await?;
        return Ok(Outcome::Rotated(Box::new(next)));
    }
    let taken = refresh_token::take(transaction, hash, now).await?;
    if !taken {
        return Ok(Outcome::Moved);
    }
    refresh_token::insert(transaction, &row(&next, user)).await?;
    Ok(Outcome::Rotated(Box::new(next)))
}

async fn end(
    transaction: &mut Transaction,
    session: &SessionId,
    user: UserId,
    action: &str,
    now: Timestamp,
) -> Result<(), tollgate_store::StoreError> {
    if refresh_token::revoke_family(transaction, session.as_str(), now).await? == 0 {
        return Ok(());
    }
    let actor = Actor::User(user);
    let subject = session.as_str();
    record(transaction, now, &actor, action, &subject, json!({})).await
}

/// A user of the host. Ids that are given out here, and those of test customers, are not the
/// host's to name.
fn of_host(identity: HostIdentity) -> Result<Principal, IdentityError> {
    let id = identity.customer.as_str();
    let is_ours = id.parse::<UserId>().is_ok()
        || id.parse::<OrganizationId>().is_ok()
        || id.starts_with(TEST_PREFIX);
    if is_ours {
        let claim = TokenError::Claim("the customer's id".to_owned());
        return Err(IdentityError::Token(claim));
    }
    Ok(Principal::Host {
        customer: identity.customer,
        member: identity.member,
    })
}

fn row(stored: &StoredRefresh, user: UserId) -> RefreshRow {
    RefreshRow {
        hash: hex::encode(stored.hash.as_bytes()),
        user,
        family: stored.session.as_str().to_owned(),
        created_at: stored.issued_at,
        expires_at: stored.expires_at,
        used_at: stored.used_at,
        revoked_at: stored.revoked_at,
    }
}

fn stored(row: RefreshRow, hash: RefreshTokenHash, session_seconds: i64) -> StoredRefresh {
    let session = SessionId::from_stored(row.family);
    let begun_at = session.begun_at().unwrap_or(row.created_at);
    StoredRefresh {
        hash,
        session,
        user: row.user.to_string(),
        issued_at: row.created_at,
        expires_at: row.expires_at,
        session_ends_at: begun_at.plus_seconds(session_seconds),
        used_at: row.used_at,
        revoked_at: row.revoked_at,
    }
}

/// Sessions that were ended here, until the last access token given out in them has expired too.
#[derive(Default)]
pub(super) struct EndedSessions(Mutex<HashMap<SessionId, Timestamp>>);

impl EndedSessions {
    fn add(&self, session: SessionId, until: Timestamp, now: Timestamp) {
        let mut ended = self.lock();
        if ended.len() >= ENDED_MAX {
            ended.retain(|_, until| *until > now);
        }
        // Beyond that many, access tokens of ended sessions live out their minutes.
        if ended.len() < ENDED_MAX {
            ended.insert(session, until);
        }
    }

    fn contains(&self, session: &SessionId, now: Timestamp) -> bool {
        self.lock().get(session).is_some_and(|until| *until > now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
