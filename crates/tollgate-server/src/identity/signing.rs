//! The keys that tokens are signed and checked with: our own ring, kept in the database, and the
//! host's.

use super::{Actor, Identity, IdentityError, OpenIdentityError, record};
use crate::auth::host_token::HostTokens;
use crate::auth::token::{KeyRing, KeyRingError, SigningAlgorithm, SigningKey};
use crate::config::auth::{AuthConfig, JwksPlace};
use crate::entropy;
use crate::outbound;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tollgate_core::Timestamp;
use tollgate_store::signing_key::{self, SigningKey as StoredKey};
use tollgate_store::{Store, StoreError};

/// Tokens with unknown keys make us look for new ones at most so often.
const RELOAD_PAUSE_SECONDS: i64 = 5;
/// How often the ring is read again in any case, so that a key that was retired elsewhere ceases
/// to sign here within the grace that it has.
const RELOAD_EVERY_SECONDS: i64 = 120;

/// The keys.
pub(super) struct Signing {
    config: AuthConfig,
    ring: RwLock<Arc<KeyRing>>,
    /// When the ring was last read, in microseconds.
    loaded_at: AtomicI64,
    hosts: Vec<HostTokens>,
}

impl Signing {
    /// Loads the ring, and makes its first key where there is none.
    pub(super) async fn open(
        store: &Store,
        config: &AuthConfig,
        now: Timestamp,
    ) -> Result<Self, OpenIdentityError> {
        let algorithm: SigningAlgorithm = config.signing_algorithm.parse()?;
        let mut rows_found = rows(store).await?;
        if rows_found.is_empty() {
            let key = SigningKey::new(algorithm, entropy::bytes(), now)?;
            add(store, &key, Vec::new(), Actor::Command("serve"), now).await?;
            rows_found = rows(store).await?;
        }
        Ok(Self {
            ring: RwLock::new(Arc::new(ring(&rows_found, config)?)),
            loaded_at: AtomicI64::new(now.as_micros()),
            hosts: hosts(config)?,
            config: config.clone(),
        })
    }

    /// The ring as it was last read.
    pub(super) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What checks the host's tokens.
    pub(super) fn hosts(&self) -> &[HostTokens] {
        &self.hosts
    }

    /// Reads the ring again, unless that was done just now. Says whether it did.
    pub(super) async fn reload(
        &self,
        store: &Store,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        if !self.is_time(RELOAD_PAUSE_SECONDS, now) {
            return Ok(false);
        }
        self.reload_now(store).await.map(|()| true)
    }

    async fn reload_now(&self, store: &Store) -> Result<(), IdentityError> {
        let ring = ring(&rows(store).await?, &self.config)?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        Ok(())
    }

    /// Whether the last reading lies so far back; if so, the caller is the one who reads.
    fn is_time(&self, seconds: i64, now: Timestamp) -> bool {
        let last = self.loaded_at.load(Ordering::Relaxed);
        let is_past = now.as_micros().saturating_sub(last).abs() >= seconds * 1_000_000;
        is_past
            && self
                .loaded_at
                .compare_exchange(last, now.as_micros(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Identity {
    /// Lets a new key sign from now on. The one before goes on to check what it signed.
    pub async fn rotate_signing_key(&self, actor: Actor) -> Result<String, IdentityError> {
        let now = self.now();
        let signing = &self.0.signing;
        signing.reload_now(&self.0.store).await?;
        let algorithm = self.0.config.signing_algorithm.parse()?;
        let key = SigningKey::new(algorithm, entropy::bytes(), now)?;
        let ring = signing.ring();
        let retired = ring.keys().iter().filter(|key| key.retired_at().is_none());
        let retired = retired.map(|key| key.kid().to_owned()).collect();
        add(&self.0.store, &key, retired, actor, now).await?;
        let spent_before = self.spent_before(now);
        let pruned = self.0.store.transaction(move |transaction| {
            Box::pin(async move { signing_key::prune(transaction, spent_before).await })
        });
        pruned.await?;
        signing.reload_now(&self.0.store).await?;
        Ok(key.kid().to_owned())
    }

    /// The public halves of our keys, as a JWKS document.
    pub fn jwks(&self) -> Value {
        self.0.signing.ring().jwks(self.now())
    }

    /// Hears of rotations on other replicas, and rotates when it is time.
    pub(super) async fn rotate_signing_key_if_old(&self) -> Result<(), IdentityError> {
        let now = self.now();
        let signing = &self.0.signing;
        if signing.is_time(RELOAD_EVERY_SECONDS, now) {
            signing.reload_now(&self.0.store).await?;
        }
        let days = i64::from(self.0.config.signing_key_days);
        let made_at = signing.ring().current().created_at();
        if days > 0 && made_at.plus_seconds(days.saturating_mul(86_400)) <= now {
            self.rotate_signing_key(Actor::Command("serve")).await?;
        }
        Ok(())
    }

    /// Keys retired before this check nothing any more.
    fn spent_before(&self, now: Timestamp) -> Timestamp {
        let seconds = self.0.config.token_rules().access_seconds;
        now.plus_seconds(-(seconds + crate::auth::token::ROTATION_GRACE_SECONDS))
    }
}

async fn rows(store: &Store) -> Result<Vec<StoredKey>, StoreError> {
    let mut connection = store.read().await?;
    signing_key::list(&mut connection).await
}

fn ring(rows: &[StoredKey], config: &AuthConfig) -> Result<KeyRing, KeyRingError> {
    let keys: Result<Vec<_>, KeyRingError> = rows.iter().map(read).collect();
    KeyRing::new(config.token_rules(), keys?)
}

fn read(row: &StoredKey) -> Result<SigningKey, KeyRingError> {
    let mut secret = [0; 32];
    hex::decode_to_slice(&row.secret, &mut secret).map_err(|_| KeyRingError::Secret)?;
    let algorithm = row.algorithm.parse()?;
    SigningKey::from_stored(&row.id, algorithm, secret, row.created_at, row.retired_at)
}

/// Adds a key and retires those before it.
async fn add(
    store: &Store,
    key: &SigningKey,
    retired: Vec<String>,
    actor: Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = StoredKey {
        id: key.kid().to_owned(),
        algorithm: key.algorithm().as_str().to_owned(),
        secret: hex::encode(key.secret()),
        created_at: key.created_at(),
        retired_at: None,
    };
    let added = store.transaction(move |transaction| {
        let (row, retired, actor) = (row.clone(), retired.clone(), actor.clone());
        Box::pin(async move {
            signing_key::insert(transaction, &row).await?;
            for kid in &retired {
                signing_key::retire(transaction, kid, now).await?;
            }
            let detail = json!({ "retired": retired });
            let action = "signing_key.rotated";
            record(transaction, now, &actor, action, &row.id, detail).await
        })
    });
    added.await
}

fn hosts(config: &AuthConfig) -> Result<Vec<HostTokens>, OpenIdentityError> {
    let mut hosts = Vec::new();
    if let Some(secret) = &config.host_secret {
        let secret = secret.reveal().as_bytes();
        hosts.push(HostTokens::with_secret(config.host_rules(), secret)?);
    }
    match config.host_jwks_place() {
        None => {}
        Some(JwksPlace::File(path)) => hosts.push(HostTokens::with_file(config.host_rules(), path)),
        Some(JwksPlace::Address(address)) => {
            let client = outbound::client_builder().build()?;
            hosts.push(HostTokens::with_address(
                config.host_rules(),
                client,
                address,
            )?);
        }
    }
    Ok(hosts)
}
