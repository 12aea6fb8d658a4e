//! API keys of back ends: made, listed, revoked, and checked without asking the database each
//! time.

use super::users::{found, name};
use super::{Actor, Identity, IdentityError, passed, record};
use crate::api::problem::ApiError;
use crate::auth::api_key::{ApiKey, ApiKeyHash, Mode, Scopes};
use crate::auth::rate_limit::BucketKey;
use crate::entropy;
use serde_json::json;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;
use tollgate_store::api_key::{self, ApiKey as StoredKey};
use tollgate_store::id::ApiKeyId;

/// Keys kept in memory.
const CACHED_MAX: usize = 4_096;
/// How long a key is believed before one request asks the database again; so long a key that was
/// revoked on another replica may still work here.
const FRESH_SECONDS: i64 = 10;
/// How long it is believed at the most, when the database cannot be asked.
const BELIEVED_SECONDS_MAX: i64 = 60;
/// How often it is noted that a key was used.
const TOUCH_SECONDS: i64 = 600;

/// What begins the ids of test customers in the database. No live key reaches an id that begins
/// so, and a test key reaches no other.
pub(super) const TEST_PREFIX: &str = CustomerId::TEST_PREFIX;

/// A key that proved itself, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackEndKey {
    /// What it is listed and revoked by.
    pub id: ApiKeyId,
    /// What people read.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it acts on live customers; a test key has customers of its own.
    pub is_live: bool,
    pub(super) hash: ApiKeyHash,
}

impl BackEndKey {
    /// The customer that this key means by `text`: test keys have customers of their own, which
    /// no live key can name, and the other way round.
    pub fn customer(&self, text: &str) -> Result<CustomerId, ApiError> {
        let invalid = |problem: &dyn std::fmt::Display| {
            ApiError::InvalidParameter(format!("the customer: {problem}"))
        };
        if !self.is_live {
            let own = format!("{TEST_PREFIX}{text}");
            return CustomerId::new(&own).map_err(|error| invalid(&error));
        }
        if text.starts_with(TEST_PREFIX) {
            return Err(invalid(&"ids that begin with test: are those of test keys"));
        }
        CustomerId::new(text).map_err(|error| invalid(&error))
    }

    /// The customer's id as this key's owner knows it; `None` for one that the key cannot reach.
    pub fn shown<'c>(&self, customer: &'c CustomerId) -> Option<&'c str> {
        let test = customer.as_str().strip_prefix(TEST_PREFIX);
        if self.is_live {
            test.is_none().then(|| customer.as_str())
        } else {
            test
        }
    }
}

/// A key that was just made: the only time that it is shown.
#[derive(Debug)]
pub struct NewApiKey {
    /// The key itself.
    pub key: ApiKey,
    /// What is stored of it.
    pub stored: StoredKey,
}

impl Identity {
    /// Makes a key. `given_by` is what the one who makes it may do, if that is limited.
    pub async fn create_api_key(
        &self,
        actor: Actor,
        label: &str,
        mode: Mode,
        scopes: Scopes,
        given_by: Option<Scopes>,
    ) -> Result<NewApiKey, IdentityError> {
        if given_by.is_some_and(|given_by| !given_by.covers(scopes)) {
            return Err(IdentityError::ScopesExceeded);
        }
        let key = ApiKey::new(mode, entropy::bytes());
        let now = self.now();
        let stored = StoredKey {
            id: ApiKeyId::new(now, entropy::number()),
            hash: hex::encode(key.hash().as_bytes()),
            name: name(label)?,
            scopes: scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            is_live: mode == Mode::Live,
            prefix: key.shown_prefix().to_owned(),
            created_at: now,
            last_used_at: None,
            revoked_at: None,
        };
        let row = stored.clone();
        let inserted = self.0.store.transaction(move |transaction| {
            let (row, actor) = (row.clone(), actor.clone());
            Box::pin(async move {
                api_key::insert(transaction, &row).await?;
                let detail = json!({ "scopes": row.scopes, "live": row.is_live });
                record(transaction, now, &actor, "api_key.created", &row.id, detail).await
            })
        });
        inserted.await?;
        Ok(NewApiKey { key, stored })
    }

    /// Up to `limit` keys after `after`, in the order in which they were made.
    pub async fn api_keys(
        &self,
        after: Option<ApiKeyId>,
        limit: u32,
    ) -> Result<Vec<StoredKey>, IdentityError> {
        let mut connection = self.0.store.read().await?;
        Ok(api_key::list(&mut connection, after, limit).await?)
    }

    /// Revokes a key: here at once, on other replicas within ten seconds.
    pub async fn revoke_api_key(&self, actor: Actor, id: ApiKeyId) -> Result<(), IdentityError> {
        let now = self.now();
        let revoked = self.0.store.transaction(move |transaction| {
            let actor = actor.clone();
            Box::pin(async move {
                if !api_key::revoke(transaction, id, now).await? {
                    return Ok(false);
                }
                record(transaction, now, &actor, "api_key.revoked", &id, json!({})).await?;
                Ok(true)
            })
        });
        found(revoked.await?, IdentityError::UnknownApiKey)?;
        self.0.keys.forget(id);
        Ok(())
    }

    /// Checks a key that came from `address`. A known key costs no question to the database; keys
    /// that do not exist are counted against their address.
    pub async fn verify_api_key(
        &self,
        text: &str,
        address: IpAddr,
    ) -> Result<Arc<BackEndKey>, IdentityError> {
        let key = ApiKey::parse(text).map_err(|_| IdentityError::ApiKeyRefused)?;
        let now = self.now();
        match self.0.keys.find(&key.hash(), now) {
            Found::Fresh(key) => Ok(key),
            Found::Stale(known, refreshing) => {
                let loaded = self.load_api_key(&key.hash(), now).await;
                refreshing.0.store(false, Ordering::Release);
                match loaded {
                    Ok(loaded) => loaded.ok_or(IdentityError::ApiKeyRefused),
                    // A database that is out of reach for a moment does not shut anyone out.
                    Err(IdentityError::Store(error)) if error.is_transient() => Ok(known),
                    Err(error) => Err(error),
                }
            }
            Found::Unknown => {
                let bucket = BucketKey::of_address(address);
                // Only what turns out to be wrong is counted: a back end that opens a hundred
                // connections at once with a key not seen yet must not shut itself out.
                if self.0.wrong_keys.peek(bucket, now).remaining == 0 {
                    passed("wrong-key", self.0.wrong_keys.take(bucket, now))?;
                }
                let loaded = self.load_api_key(&key.hash(), now).await?;
                if loaded.is_none() {
                    passed("wrong-key", self.0.wrong_keys.take(bucket, now))?;
                }
                loaded.ok_or(IdentityError::ApiKeyRefused)
            }
        }
    }

    async fn load_api_key(
        &self,
        hash: &ApiKeyHash,
        now: Timestamp,
    ) -> Result<Option<Arc<BackEndKey>>, IdentityError> {
        let text = hex::encode(hash.as_bytes());
        let row = {
            let mut connection = self.0.store.read().await?;
            api_key::find_by_hash(&mut connection, &text).await?
        };
        let Some(row) = row.filter(|row| row.revoked_at.is_none()) else {
            self.0.keys.forget_hash(hash);
            return Ok(None);
        };
        let is_noted = row
            .last_used_at
            .is_some_and(|at| at.plus_seconds(TOUCH_SECONDS) > now);
        if !is_noted {
            self.note_use(text, now).await;
        }
        let scopes = row.scopes.join(",").parse();
        let key = Arc::new(BackEndKey {
            id: row.id,
            name: row.name,
            // Scopes of a newer server are none of ours.
            scopes: scopes.unwrap_or(Scopes::NONE),
            is_live: row.is_live,
            hash: *hash,
        });
        self.0.keys.keep(&key, now);
        Ok(Some(key))
    }

    /// When a key was last used is only for people to see: failing to note it fails nothing.
    async fn note_use(&self, hash: String, now: Timestamp) {
        let noted = self.0.store.transaction(move |transaction| {
            let hash = hash.clone();
            Box::pin(async move { api_key::touch(transaction, &hash, now).await })
        });
        if let Err(error) = noted.await {
            tracing::debug!(%error, "the use of an API key was not noted");
        }
    }
}

/// The keys that were seen lately.
#[derive(Default)]
pub(super) struct KeyCache(RwLock<HashMap<[u8; 32], Cached>>);

struct Cached {
    key: Arc<BackEndKey>,
    loaded_at: Timestamp,
    refreshing: Arc<Refreshing>,
}

#[derive(Default)]
struct Refreshing(AtomicBool);

enum Found {
    /// Use it.
    Fresh(Arc<BackEndKey>),
    /// Ask the database again; the caller is the one who does.
    Stale(Arc<BackEndKey>, Arc<Refreshing>),
    /// Never heard of, or too long ago.
    Unknown,
}

impl KeyCache {
    fn find(&self, hash: &ApiKeyHash, now: Timestamp) -> Found {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(cached) = keys.get(hash.as_bytes()) else {
            return Found::Unknown;
        };
        let age = cached.loaded_at.plus_seconds(FRESH_SECONDS);
        if now < age && now >= cached.loaded_at {
            return Found::Fresh(Arc::clone(&cached.key));
        }
        if now >= cached.loaded_at.plus_seconds(BELIEVED_SECONDS_MAX) || now < cached.loaded_at {
            return Found::Unknown;
        }
        if cached.refreshing.0.swap(true, Ordering::Acquire) {
            return Found::Fresh(Arc::clone(&cached.key));
        }
        Found::Stale(Arc::clone(&cached.key), Arc::clone(&cached.refreshing))
    }

    fn keep(&self, key: &Arc<BackEndKey>, now: Timestamp) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= CACHED_MAX && !keys.contains_key(key.hash.as_bytes()) {
            keys.retain(|_, cached| cached.loaded_at.plus_seconds(BELIEVED_SECONDS_MAX) > now);
            if keys.len() >= CACHED_MAX {
                return;
            }
        }
        let cached = Cached {
            loaded_at: now,
            refreshing: Arc::default(),
            key: Arc::clone(key),
        };
        keys.insert(*key.hash.as_bytes(), cached);
    }

    fn forget(&self, id: ApiKeyId) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|_, cached| cached.key.id != id);
    }

    fn forget_hash(&self, hash: &ApiKeyHash) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.remove(hash.as_bytes());
    }
}
