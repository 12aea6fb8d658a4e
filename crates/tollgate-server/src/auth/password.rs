//! Passwords: argon2id with OWASP's parameters, on a bounded pool of threads.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The fewest characters that a new password may have.
pub const CHARACTERS_MIN: usize = 8;
/// The most characters that a password may have; longer ones are only work for an attacker to
/// give us.
pub const CHARACTERS_MAX: usize = 128;

/// Memory of one hash in KiB, passes over it, and lanes: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a stored hash may ask for at most, so that a corrupt row cannot exhaust the machine.
const STORED_MEMORY_KIB_MAX: u32 = 262_144;
const STORED_PASSES_MAX: u32 = 16;
const STORED_LANES_MAX: u32 = 8;

/// Why a text cannot become a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`CHARACTERS_MIN`] characters.
    #[error("a password must have at least {CHARACTERS_MIN} characters")]
    TooShort,
    /// More than [`CHARACTERS_MAX`] characters.
    #[error("a password must have at most {CHARACTERS_MAX} characters")]
    TooLong,
}

/// A password that somebody may choose: its length is in bounds. Never shown, never logged.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Checks the length of `text`, in characters.
    pub fn new(text: impl Into<String>) -> Result<Self, PasswordError> {
        let text = text.into();
        match text.chars().take(CHARACTERS_MAX + 1).count() {
            0..CHARACTERS_MIN => Err(PasswordError::TooShort),
            CHARACTERS_MIN..=CHARACTERS_MAX => Ok(Self(text)),
            _ => Err(PasswordError::TooLong),
        }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A hash as it is stored: a PHC string that carries its own salt and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes what was stored; it is checked when it is used.
    pub fn from_stored(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// What became of comparing a password with a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is the password.
    Match {
        /// The stored hash was made with other parameters than today's: hash the password again.
        outdated: bool,
    },
    /// It is not, or there is no such user.
    Mismatch,
}

impl Verification {
    /// Whether the password was right.
    pub fn is_match(self) -> bool {
        matches!(self, Self::Match { .. })
    }
}

/// Why nothing was hashed or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many passwords wait already; try again shortly.
    #[error("too many sign-ins at once")]
    Busy,
    /// What is stored is not a hash that this server can have made.
    #[error("a stored password hash cannot be read")]
    Corrupt,
    /// The work was cut off (the server is shutting down) or failed.
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes and compares passwords on threads of their own, only so many at once and only so many
/// waiting, so that sign-ins cannot starve the rest of the server of its cores or its memory.
#[derive(Clone)]
pub struct Hasher {
    argon2: Argon2<'static>,
    /// What a password is compared with when there is no such user, so that the answer takes the
    /// same time.
    dummy: PasswordHash,
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    waiting_max: usize,
}

impl Hasher {
    /// A hasher with OWASP's parameters. `dummy_salt` is random; `running_max` hashes are computed
    /// at once (19 MiB each), `waiting_max` more may wait for their turn.
    pub fn new(running_max: usize, waiting_max: usize, dummy_salt: [u8; 16]) -> Self {
        Self::with_cost(MEMORY_KIB, PASSES, running_max, waiting_max, dummy_salt)
    }

    /// A hasher whose work is as small as argon2 permits, for tests.
    pub fn for_testing() -> Self {
        Self::with_cost(Params::MIN_M_COST, 1, 4, 64, [7; 16])
    }

    /// A hasher whose every place is taken for ever: whatever asks it is answered
    /// [`HashError::Busy`], which shows that it asked.
    #[cfg(test)]
    pub(crate) fn occupied() -> Self {
        Self {
            running: Arc::new(Semaphore::new(0)),
            waiting_max: 0,
            ..Self::for_testing()
        }
    }

    fn with_cost(
        memory_kib: u32,
        passes: u32,
        running_max: usize,
        waiting_max: usize,
        dummy_salt: [u8; 16],
    ) -> Self {
        let params =
            Params::new(memory_kib, passes, LANES, None).expect("the parameters are in range");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_now(&argon2, "nobody has this password", dummy_salt)
            .expect("a short text and a salt of 16 bytes can be hashed");
        Self {
            argon2,
            dummy,
            running: Arc::new(Semaphore::new(running_max.max(1))),
            waiting: Arc::new(AtomicUsize::new(0)),
            waiting_max,
        }
    }

    /// Hashes a new password with 16 random bytes.
    pub async fn hash(
        &self,
        password: Password,
        salt: [u8; 16],
    ) -> Result<PasswordHash, HashError> {
        let argon2 = self.argon2.clone();
        self.run(move || hash_now(&argon2, &password.0, salt)).await
    }

    /// Compares `text` with what is stored for a user. Pass `None` when there is no such user:
    /// the same work is done and the answer is a mismatch.
    pub async fn verify(
        &self,
        text: &str,
        stored: Option<PasswordHash>,
    ) -> Result<Verification, HashError> {
        // Depends on the input alone, so its shorter time tells nothing about who exists.
        if matches!(Password::new(text), Err(PasswordError::TooLong)) {
            return Ok(Verification::Mismatch);
        }
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.dummy.clone());
        let argon2 = self.argon2.clone();
        let text = text.to_owned();
        let verification = self.run(move || verify_now(&argon2, &text, &hash)).await?;
        Ok(if known {
            verification
        } else {
            Verification::Mismatch
        })
    }

    /// Runs `work` on a blocking thread once it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let permit = self.permit().await?;
        tokio::task::spawn_blocking(move || {
            // Held until the work is done: a caller that goes away does not free the core.
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| HashError::Failed)?
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, HashError> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(permit);
        }
        let _place = WaitingPlace::take(&self.waiting, self.waiting_max).ok_or(HashError::Busy)?;
        Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| HashError::Failed)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("free", &self.running.available_permits())
            .field("waiting", &self.waiting.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}

/// A place in the queue, given back when dropped.
struct WaitingPlace<'a>(&'a AtomicUsize);

impl<'a> WaitingPlace<'a> {
    fn take(waiting: &'a AtomicUsize, waiting_max: usize) -> Option<Self> {
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < waiting_max).then_some(count + 1)
            })
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for WaitingPlace<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn hash_now(
    argon2: &Argon2<'_>,
    password: &str,
    salt: [u8; 16],
) -> Result<PasswordHash, HashError> {
    argon2
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(|_| HashError::Failed)
}

fn verify_now(
    argon2: &Argon2<'_>,
    text: &str,
    stored: &PasswordHash,
) -> Result<Verification, HashError> {
    let hash = phc::PasswordHash::new(&stored.0).map_err(|_| HashError::Corrupt)?;
    let params = Params::try_from(&hash).map_err(|_| HashError::Corrupt)?;
    if params.m_cost() > STORED_MEMORY_KIB_MAX
        || params.t_cost() > STORED_PASSES_MAX
        || params.p_cost() > STORED_LANES_MAX
        || hash.salt.is_none()
        || hash.hash.is_none()
    {
        return Err(HashError::Corrupt);
    }
    match argon2.verify_password(text.as_bytes(), &hash) {
        Ok(()) => Ok(Verification::Match {
            outdated: is_outdated(argon2.params(), &params, &hash),
        }),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verification::Mismatch),
        Err(_) => Err(HashError::Corrupt),
    }
}

fn is_outdated(today: &Params, stored: &Params, hash: &phc::PasswordHash) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    cost(today) != cost(stored) || hash.algorithm != Algorithm::Argon2id.ident()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        let check = |text: String| Password::new(text).map(|_| ());
        assert_eq!(check("testpass123".into()), Ok(()));
        assert_eq!(check("1234567".into()), Err(PasswordError::TooShort));
        assert_eq!(check(String::new()), Err(PasswordError::TooShort));
        assert_eq!(check("é".repeat(128)), Ok(()));
        assert_eq!(check("é".repeat(129)), Err(PasswordError::TooLong));
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_and_no_other() {
        let hasher = Hasher::for_testing();
        let password = Password::new("testpass123").unwrap();
        let hash = hasher.hash(password.clone(), [1; 16]).await.unwrap();
        let again = hasher.hash(password, [2; 16]).await.unwrap();
        assert_ne!(hash, again, "another salt gives another hash");
        for (text, stored, expected) in [
            ("testpass123", &hash, true),
            ("testpass123", &again, true),
            ("testpass124", &hash, false),
            ("", &hash, false),
            ("Testpass123", &hash, false),
        ] {
            let verification = hasher.verify(text, Some(stored.clone())).await.unwrap();
            assert_eq!(verification.is_match(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn hashes_are_made_with_owasps_parameters() {
        let hasher = Hasher::new(1, 0, [0; 16]);
        let password = Password::new("testpass123").unwrap();
        let hash = hasher.hash(password, [1; 16]).await.unwrap();
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            hash.as_str()
        );
        assert_eq!(
            hasher.verify("testpass123", Some(hash.clone())).await,
            Ok(Verification::Match { outdated: false })
        );
        assert_eq!(
            Hasher::for_testing()
                .verify("testpass123", Some(hash))
                .await,
            Ok(Verification::Match { outdated: true })
        );
    }

    #[tokio::test]
    async fn an_unknown_user_costs_the_same_work_and_never_matches() {
        let hasher = Hasher::for_testing();
        assert_eq!(
            hasher.verify("nobody has this password", None).await,
            Ok(Verification::Mismatch)
        );
        let params = |hash: &str| {
            hash.split('$')
                .take(4)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let hash = hasher
            .hash(Password::new("testpass123").unwrap(), [1; 16])
            .await
            .unwrap();
        assert_eq!(params(hash.as_str()), params(hasher.dummy.as_str()));
    }

    #[tokio::test]
    async fn stored_hashes_that_are_wrong_or_ask_for_too_much_are_refused() {
        let hasher = Hasher::for_testing();
        for stored in [
            "",
            "plain",
            "$argon2id$v=19$m=19456,t=2,p=1$",
            "$argon2id$v=19$m=4194304,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            "$argon2id$v=19$m=19456,t=4000000,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
            "$scrypt$ln=15,r=8,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        ] {
            let stored = PasswordHash::from_stored(stored);
            assert_eq!(
                hasher.verify("testpass123", Some(stored.clone())).await,
                Err(HashError::Corrupt),
                "{}",
                stored.as_str()
            );
        }
    }

    #[tokio::test]
    async fn only_so_many_may_run_and_wait() {
        let hasher = Hasher::with_cost(Params::MIN_M_COST, 1, 1, 1, [0; 16]);
        let running = hasher.permit().await.unwrap();
        let waiting = {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify("testpass123", None).await })
        };
        while hasher.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            hasher.verify("testpass123", None).await,
            Err(HashError::Busy)
        );
        drop(running);
        assert_eq!(waiting.await.unwrap(), Ok(Verification::Mismatch));
        assert_eq!(hasher.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(
            hasher.verify("testpass123", None).await,
            Ok(Verification::Mismatch)
        );
    }

    #[tokio::test]
    async fn a_caller_that_leaves_the_queue_gives_its_place_back() {
        let hasher = Hasher::with_cost(Params::MIN_M_COST, 1, 1, 1, [0; 16]);
        let _running = hasher.permit().await.unwrap();
        for _ in 0..3 {
            let waiting =
                tokio::time::timeout(std::time::Duration::from_millis(5), hasher.permit());
            assert!(waiting.await.is_err(), "it waits rather than being refused");
        }
    }

    #[tokio::test]
    async fn too_long_a_text_is_a_mismatch_without_work() {
        let hasher = Hasher::with_cost(Params::MIN_M_COST, 1, 1, 0, [0; 16]);
        let _running = hasher.permit().await.unwrap();
        let long = "x".repeat(1_000_000);
        assert_eq!(hasher.verify(&long, None).await, Ok(Verification::Mismatch));
    }

    #[test]
    fn nothing_secret_is_shown() {
        let password = Password::new("testpass123").unwrap();
        let shown = format!(
            "{password:?} {:?}",
            PasswordHash::from_stored("$argon2id$secret")
        );
        assert!(
            !shown.contains("testpass") && !shown.contains("secret"),
            "{shown}"
        );
    }
}
