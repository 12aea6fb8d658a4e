//! Identity: users, organisations, keys and sessions, between the tables that keep them, the
//! building blocks of [`crate::auth`] and the routes.
//!
//! Every privileged act is written to the audit log in the transaction that does it.

mod acts;
mod api_keys;
mod error;
mod invitations;
mod organizations;
mod sessions;
mod signing;
mod users;
mod visits;

pub use api_keys::{BackEndKey, NewApiKey};
pub use error::{IdentityError, OpenIdentityError};
pub use invitations::NewInvitation;
pub use sessions::{Principal, Tokens};
pub use users::Registration;
pub use visits::{LINK_SECONDS, Purpose, Visit, VisitSecret, Visitor, is_owner_looking};

use crate::auth::password::Hasher;
use crate::auth::rate_limit::{BucketKey, Figures, LoginLimits, Outcome, RateLimiter};
use crate::config::auth::AuthConfig;
use crate::entropy;
use api_keys::KeyCache;
use serde_json::Value;
use sessions::EndedSessions;
use signing::Signing;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use tollgate::Clock;
use tollgate_core::Timestamp;
use tollgate_store::audit::{self, AuditLine};
use tollgate_store::id::{AuditId, UserId};
use tollgate_store::{Connection, Store, StoreError};

/// Passwords hashed at once, and waiting to be: 19 MiB each while they are hashed.
const HASHES_AT_ONCE: usize = 2;
const HASHES_WAITING_MAX: usize = 64;

/// Users and API keys whose requests are counted at once.
const BUCKETS_MAX: usize = 65_536;

/// Users, organisations and keys of one database. Clones share everything.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    config: AuthConfig,
    hasher: Hasher,
    signing: Signing,
    ended: EndedSessions,
    keys: KeyCache,
    logins: LoginLimits,
    /// Other attempts from one address: registering, refreshing, accepting invitations.
    attempts: RateLimiter,
    /// API keys that do not exist, by address.
    wrong_keys: RateLimiter,
    users: Option<RateLimiter>,
    back_ends: Option<RateLimiter>,
}

/// Who did a privileged act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user.
    User(UserId),
    /// A back end, by its API key.
    Key(tollgate_store::id::ApiKeyId),
    /// A command, by its name.
    Command(&'static str),
    /// Whoever runs this server, at its pages; with who let them in.
    Owner(String),
}

/// How the audit log begins to name whoever runs this server.
const OWNER: &str = "owner";

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
            Self::Command(name) => f.write_str(name),
            Self::Owner(opened_by) => write!(f, "{OWNER}, let in by {opened_by}"),
        }
    }
}

impl Identity {
    /// Loads the signing keys of `store`; the first server on a database makes the first one.
    pub async fn new(
        store: Store,
        config: &AuthConfig,
        clock: Clock,
    ) -> Result<Self, OpenIdentityError> {
        let hasher = Hasher::new(HASHES_AT_ONCE, HASHES_WAITING_MAX, entropy::bytes());
        Self::with_hasher(store, config, clock, hasher).await
    }

    async fn with_hasher(
        store: Store,
        config: &AuthConfig,
        clock: Clock,
        hasher: Hasher,
    ) -> Result<Self, OpenIdentityError> {
        let limiter = |rate| RateLimiter::new(rate, BUCKETS_MAX);
        Ok(Self(Arc::new(Inner {
            signing: Signing::open(&store, config, clock.now()).await?,
            hasher,
            ended: EndedSessions::default(),
            keys: KeyCache::default(),
            logins: LoginLimits::new(config.address_rate(), config.account_rate()),
            attempts: limiter(config.address_rate()),
            wrong_keys: limiter(config.address_rate()),
            users: config.user_rate().map(limiter),
            back_ends: config.api_rate().map(limiter),
            config: config.clone(),
            store,
            clock,
        })))
    }

    /// The settings that it was opened with.
    pub fn config(&self) -> &AuthConfig {
        &self.0.config
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Counts an attempt from `address` that is no sign-in: registering, refreshing, accepting.
    pub fn count_attempt(&self, address: IpAddr) -> Result<Figures, IdentityError> {
        let bucket = BucketKey::of_address(address);
        passed("attempts", self.0.attempts.take(bucket, self.now()))
    }

    /// Counts a request of a user, when they are limited.
    pub(crate) fn count_user_request(&self, name: &str) -> Result<Option<Figures>, IdentityError> {
        let Some(limiter) = &self.0.users else {
            return Ok(None);
        };
        let bucket = BucketKey::of_account(name);
        passed("user", limiter.take(bucket, self.now())).map(Some)
    }

    /// Counts a request of an API key, when they are limited.
    pub(crate) fn count_back_end_request(
        &self,
        key: &BackEndKey,
    ) -> Result<Option<Figures>, IdentityError> {
        let Some(limiter) = &self.0.back_ends else {
            return Ok(None);
        };
        let bucket = BucketKey::of_api_key(key.hash.as_bytes());
        passed("api-key", limiter.take(bucket, self.now())).map(Some)
    }

    /// Does what is due now and then: forgets tokens, visits and keys whose time is long over, and lets a
    /// new signing key take over when the current one is old. Once an hour is enough.
    pub async fn maintain(&self) -> Result<(), IdentityError> {
        self.prune_sessions().await?;
        self.prune_visits().await?;
        self.rotate_signing_key_if_old().await
    }

    /// Up to `limit` lines of the audit log before `before`, the newest first.
    pub async fn audit_log(
        &self,
        before: Option<AuditId>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        Ok(audit::list(&mut connection, before, limit).await?)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("config", &self.0.config)
            .finish_non_exhaustive()
    }
}

fn passed(policy: &'static str, outcome: Outcome) -> Result<Figures, IdentityError> {
    match outcome {
        Outcome::Allowed(figures) => Ok(figures),
        Outcome::Limited { .. } => Err(IdentityError::Limited { policy, outcome }),
    }
}

/// Writes a line of the audit log.
async fn record(
    connection: &mut Connection<'_>,
    now: Timestamp,
    actor: &Actor,
    action: &str,
    subject: &impl fmt::Display,
    detail: Value,
) -> Result<(), StoreError> {
    let line = AuditLine {
        id: AuditId::new(now, entropy::number()),
        at: now,
        actor: actor.to_string(),
        action: action.to_owned(),
        subject: subject.to_string(),
        detail,
    };
    audit::insert(connection, &line).await
}
