//! Our own tokens: short-lived signed access tokens from a ring of keys, and refresh tokens that
//! are exchanged once each.

use super::jws::{self, CLOCK_SKEW_SECONDS_MAX, TokenError, Unverified};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use tollgate_core::Timestamp;

/// The header's `typ` of an access token (RFC 9068): no other kind of token passes for one.
const ACCESS_TYPE: &str = "at+jwt";
/// The claim that says the same to readers who look at claims only.
const KIND_CLAIM: &str = "type";
const KIND_ACCESS: &str = "access";
const SESSION_CLAIM: &str = "sid";

/// How long a replica may take to hear of a rotation, and still sign with the key that was
/// current before.
pub const ROTATION_GRACE_SECONDS: i64 = 300;

/// The most keys that a ring holds, current and retired.
pub const KEYS_MAX: usize = 16;

/// What begins the DER of an Ed25519 private key (PKCS #8, RFC 8410); its 32 bytes follow.
const ED25519_DER_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// How a key of ours signs. It stands with the key, never in the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SigningAlgorithm {
    /// Ed25519: others can check our tokens by the published half of the key.
    EdDsa,
    /// HMAC with SHA-256: only we can check them.
    Hs256,
}

impl SigningAlgorithm {
    /// As it is stored, and named in tokens.
    pub const fn as_str(self) -> &'static str {
        jws::algorithm_name(self.algorithm())
    }

    const fn algorithm(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Hs256 => Algorithm::HS256,
        }
    }
}

impl FromStr for SigningAlgorithm {
    type Err = KeyRingError;

    fn from_str(text: &str) -> Result<Self, KeyRingError> {
        [Self::EdDsa, Self::Hs256]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or(KeyRingError::Algorithm)
    }
}

/// Why a key or a ring of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Neither `EdDSA` nor `HS256`.
    #[error("a signing key's algorithm must be EdDSA or HS256")]
    Algorithm,
    /// A stored key whose id is not that of its secret: the row was changed.
    #[error("the signing key {kid:?} is not the one that was stored under this id")]
    KeyId {
        /// The id in the row.
        kid: String,
    },
    /// The secret cannot be a key.
    #[error("the secret is not a signing key")]
    Secret,
    /// No key signs.
    #[error("there is no signing key that is not retired")]
    NoCurrent,
    /// Two keys of one id.
    #[error("the signing key {kid:?} is there twice")]
    Twice {
        /// The id.
        kid: String,
    },
    /// More than [`KEYS_MAX`].
    #[error("there are more than {KEYS_MAX} signing keys: delete those that are long retired")]
    TooMany,
}

/// A key that signs access tokens, or did.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    algorithm: SigningAlgorithm,
    secret: [u8; 32],
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// The public half, base64url; none for HMAC.
    public: Option<String>,
}

impl SigningKey {
    /// A new key from 32 random bytes.
    pub fn new(
        algorithm: SigningAlgorithm,
        secret: [u8; 32],
        created_at: Timestamp,
    ) -> Result<Self, KeyRingError> {
        let (encoding, decoding, public) = match algorithm {
            SigningAlgorithm::Hs256 => (
                EncodingKey::from_secret(&secret),
                DecodingKey::from_secret(&secret),
                None,
            ),
            SigningAlgorithm::EdDsa => {
                let encoding =
                    EncodingKey::from_ed_der(&[&ED25519_DER_PREFIX[..], &secret].concat());
                let public = ed25519_public(&encoding)?;
                let decoding =
                    DecodingKey::from_ed_components(&public).map_err(|_| KeyRingError::Secret)?;
                (encoding, decoding, Some(public))
            }
        };
        Ok(Self {
            kid: kid(algorithm, &secret),
            algorithm,
            secret,
            created_at,
            retired_at: None,
            encoding,
            decoding,
            public,
        })
    }

    /// A key as it was stored.
    pub fn from_stored(
        kid: &str,
        algorithm: SigningAlgorithm,
        secret: [u8; 32],
        created_at: Timestamp,
        retired_at: Option<Timestamp>,
    ) -> Result<Self, KeyRingError> {
        let key = Self::new(algorithm, secret, created_at)?;
        if key.kid != kid {
            return Err(KeyRingError::KeyId {
                kid: kid.to_owned(),
            });
        }
        Ok(Self { retired_at, ..key })
    }

    /// Its id: made from its secret, so that it cannot stand for another key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// How it signs.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// What has to be stored, and kept.
    pub const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// When it was made.
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When it ceased to sign.
    pub const fn retired_at(&self) -> Option<Timestamp> {
        self.retired_at
    }

    /// When nothing that it signed can be valid any more.
    fn last_use(&self, access_seconds: i64) -> Timestamp {
        self.retired_at.map_or(Timestamp::MAX, |retired_at| {
            retired_at
                .plus_seconds(ROTATION_GRACE_SECONDS)
                .plus_seconds(access_seconds)
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("created_at", &self.created_at)
            .field("retired_at", &self.retired_at)
            .finish_non_exhaustive()
    }
}

/// A hash of algorithm and secret: 64 of its bits, which lead back to neither.
fn kid(algorithm: SigningAlgorithm, secret: &[u8; 32]) -> String {
    let hash = Sha256::new()
        .chain_update("tollgate signing key id")
        .chain_update(algorithm.as_str())
        .chain_update(secret)
        .finalize();
    hex::encode(&hash[..8])
}

fn ed25519_public(encoding: &EncodingKey) -> Result<String, KeyRingError> {
    let jwk =
        Jwk::from_encoding_key(encoding, Algorithm::EdDSA).map_err(|_| KeyRingError::Secret)?;
    match jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) => Ok(pair.x),
        _ => Err(KeyRingError::Secret),
    }
}

/// What our access tokens say of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// `iss`: this installation.
    pub issuer: String,
    /// `aud`: who is meant to accept them.
    pub audience: String,
    /// How long they are valid.
    pub access_seconds: i64,
}

impl TokenRules {
    /// Rules for tests: valid for a quarter of an hour.
    pub fn for_testing() -> Self {
        Self {
            issuer: "https://tollgate.test".into(),
            audience: "tollgate".into(),
            access_seconds: 900,
        }
    }
}

/// Whom a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// The user.
    pub subject: String,
    /// The session that it was given out in: what a logout ends.
    pub session: SessionId,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An access token in clear.
#[derive(Clone)]
pub struct AccessToken {
    /// What the client sends.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(…, expires {})", self.expires_at)
    }
}

/// The keys that sign and check access tokens. The newest that is not retired signs; a retired one
/// still checks what it signed until that has expired.
///
/// A replica that meets [`TokenError::KeyUnknown`] loads the ring again (now and then, not for
/// each such token): another replica may have rotated.
#[derive(Clone, Debug)]
pub struct KeyRing {
    rules: TokenRules,
    /// Newest first.
    keys: Vec<SigningKey>,
    current: usize,
}

impl KeyRing {
    /// A ring of these keys.
    pub fn new(rules: TokenRules, mut keys: Vec<SigningKey>) -> Result<Self, KeyRingError> {
        if keys.len() > KEYS_MAX {
            return Err(KeyRingError::TooMany);
        }
        // The id decides between keys of one instant, so that all replicas choose the same.
        keys.sort_by(|a, b| (b.created_at, &b.kid).cmp(&(a.created_at, &a.kid)));
        for (index, key) in keys.iter().enumerate() {
            if keys[index + 1..].iter().any(|other| other.kid == key.kid) {
                return Err(KeyRingError::Twice {
                    kid: key.kid.clone(),
                });
            }
        }
        let current = keys
            .iter()
            .position(|key| key.retired_at.is_none())
            .ok_or(KeyRingError::NoCurrent)?;
        Ok(Self {
            rules,
            keys,
            current,
        })
    }

    /// The key that signs.
    pub fn current(&self) -> &SigningKey {
        &self.keys[self.current]
    }

    /// All keys, newest first.
    pub fn keys(&self) -> &[SigningKey] {
        &self.keys
    }

    /// The ring in which `new` signs and all others are retired at `now`. Store the new key and
    /// the retirements in one transaction.
    pub fn rotate(&self, new: SigningKey, now: Timestamp) -> Result<Self, KeyRingError> {
        let mut keys: Vec<_> = self
            .keys
            .iter()
            .filter(|key| key.last_use(self.rules.access_seconds) > now)
            .cloned()
            .map(|key| SigningKey {
                retired_at: Some(key.retired_at.unwrap_or(now)),
                ..key
            })
            .collect();
        keys.push(new);
        Self::new(self.rules.clone(), keys)
    }

    /// The ids of keys that check nothing any more and can be deleted.
    pub fn spent(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let access_seconds = self.rules.access_seconds;
        self.keys
            .iter()
            .filter(move |key| key.last_use(access_seconds) <= now)
            .map(SigningKey::kid)
    }

    /// A token for `subject`, in `session`.
    pub fn issue(
        &self,
        subject: &str,
        session: &SessionId,
        now: Timestamp,
    ) -> Result<AccessToken, TokenError> {
        let key = self.current();
        let issued_at = Timestamp::from_seconds(now.as_seconds());
        let expires_at = issued_at.plus_seconds(self.rules.access_seconds);
        let header = json!({"alg": key.algorithm.as_str(), "kid": key.kid, "typ": ACCESS_TYPE});
        let payload = json!({
            "iss": self.rules.issuer,
            "aud": self.rules.audience,
            "sub": subject,
            SESSION_CLAIM: session.as_str(),
            "iat": issued_at.as_seconds(),
            "exp": expires_at.as_seconds(),
            KIND_CLAIM: KIND_ACCESS,
        });
        jws::sign(&header, &payload, key.algorithm.algorithm(), &key.encoding)
            .map(|token| AccessToken { token, expires_at })
            .map_err(|_| TokenError::Signature)
    }

    /// Whom `token` stands for at `now`.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenError> {
        let unverified = Unverified::parse(token)?;
        let kid = unverified
            .header
            .kid
            .as_deref()
            .ok_or(TokenError::KeyUnknown)?;
        let key = self
            .keys
            .iter()
            .find(|key| key.kid == kid)
            .ok_or(TokenError::KeyUnknown)?;
        if key.last_use(self.rules.access_seconds) <= now {
            return Err(TokenError::KeyRetired);
        }
        let claims = unverified.verify(key.algorithm.algorithm(), &key.decoding)?;
        if unverified.header.typ.as_deref() != Some(ACCESS_TYPE)
            || claims.text(KIND_CLAIM) != Ok(KIND_ACCESS)
        {
            return Err(TokenError::Kind);
        }
        if !claims.is_one_of("iss", std::slice::from_ref(&self.rules.issuer)) {
            return Err(TokenError::Issuer);
        }
        if !claims.is_one_of("aud", std::slice::from_ref(&self.rules.audience)) {
            return Err(TokenError::Audience);
        }
        let (issued_at, expires_at) = (claims.instant("iat")?, claims.instant("exp")?);
        self.check_times(key, issued_at, expires_at, now)?;
        if claims
            .instant_if_present("nbf")?
            .is_some_and(|not_before| is_ahead(not_before, now))
        {
            return Err(TokenError::NotYetValid);
        }
        Ok(AccessClaims {
            subject: claims.text("sub")?.to_owned(),
            session: SessionId::from_stored(claims.text(SESSION_CLAIM)?),
            issued_at,
            expires_at,
        })
    }

    /// A stolen key that was retired signs nothing for later than its retirement, and no token
    /// lives longer than tokens do.
    fn check_times(
        &self,
        key: &SigningKey,
        issued_at: Timestamp,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), TokenError> {
        if expires_at <= now {
            return Err(TokenError::Expired);
        }
        if is_ahead(issued_at, now) {
            return Err(TokenError::NotYetValid);
        }
        if expires_at > issued_at.plus_seconds(self.rules.access_seconds) {
            return Err(TokenError::Claim("exp".into()));
        }
        match key.retired_at {
            Some(retired_at) if issued_at > retired_at.plus_seconds(ROTATION_GRACE_SECONDS) => {
                Err(TokenError::KeyRetired)
            }
            _ => Ok(()),
        }
    }

    /// The public halves of the keys that still check something, as a JWKS document (RFC 7517).
    pub fn jwks(&self, now: Timestamp) -> Value {
        let keys: Vec<_> = self
            .keys
            .iter()
            .filter(|key| key.last_use(self.rules.access_seconds) > now)
            .filter_map(|key| {
                let x = key.public.as_ref()?;
                let alg = key.algorithm.as_str();
                Some(json!({"kty": "OKP", "crv": "Ed25519", "alg": alg, "use": "sig", "kid": key.kid, "x": x}))
            })
            .collect();
        json!({ "keys": keys })
    }
}

/// Whether an instant lies further ahead than clocks differ.
fn is_ahead(instant: Timestamp, now: Timestamp) -> bool {
    instant > now.plus_seconds(CLOCK_SKEW_SECONDS_MAX)
}

/// A sign-in and all that followed from it, on one device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    const PREFIX: &str = "ses_";

    /// A new session, begun at `now`: 48 bits of milliseconds, then 80 random bits, so that its
    /// id tells when it began.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let millis = now.as_millis().to_be_bytes();
        Self(format!(
            "{}{}{}",
            Self::PREFIX,
            hex::encode(&millis[2..]),
            hex::encode(random)
        ))
    }

    /// A session as it was stored.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// To store it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// When it began; `None` for a text that is no session's id.
    pub fn begun_at(&self) -> Option<Timestamp> {
        let digits = self.0.strip_prefix(Self::PREFIX)?.get(..12)?;
        let millis = i64::from_str_radix(digits, 16).ok()?;
        Some(Timestamp::from_micros(millis.saturating_mul(1_000)))
    }
}

/// A refresh token in clear: 256 random bits that mean nothing but what is stored under their hash.
#[derive(Clone)]
pub struct RefreshToken(String);

impl RefreshToken {
    const PREFIX: &str = "tgr_";

    /// A new token from 32 random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(format!(
            "{}{}",
            Self::PREFIX,
            URL_SAFE_NO_PAD.encode(random)
        ))
    }

    /// Reads what a client sent; `None` when it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut random = [0; 32];
        let digits = text
            .strip_prefix(Self::PREFIX)
            .filter(|digits| digits.len() == 43)?;
        let length = URL_SAFE_NO_PAD.decode_slice(digits, &mut random).ok()?;
        (length == random.len()).then(|| Self(text.to_owned()))
    }

    /// What the client is given.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// SHA-256 of a refresh token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshTokenHash([u8; 32]);

impl RefreshTokenHash {
    /// From what was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To store it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RefreshTokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshTokenHash(…)")
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshRules {
    /// A session ends when nothing was heard of it for so long.
    pub idle_seconds: i64,
    /// It ends after so long in any case.
    pub session_seconds: i64,
    /// A token that comes again within so long was sent twice by its owner (two tabs, an answer
    /// that was lost), not stolen.
    pub repeat_seconds: i64,
}

impl Default for RefreshRules {
    /// 30 days idle, 90 days in all, 10 seconds for a repetition.
    fn default() -> Self {
        Self {
            idle_seconds: 30 * 86_400,
            session_seconds: 90 * 86_400,
            repeat_seconds: 10,
        }
    }
}

/// A refresh token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRefresh {
    /// What it is found by.
    pub hash: RefreshTokenHash,
    /// The session that it continues.
    pub session: SessionId,
    /// Whose session it is.
    pub user: String,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// When it ends unless it is exchanged before.
    pub expires_at: Timestamp,
    /// When the session ends whatever happens.
    pub session_ends_at: Timestamp,
    /// When it was exchanged for the next one.
    pub used_at: Option<Timestamp>,
    /// When the session was ended.
    pub revoked_at: Option<Timestamp>,
}

/// What comes of a refresh token that a client wants to exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// Store that `used` was used, if it still was not (`used_at` unchanged), and `next`, in one
    /// transaction; then give out `next` and a new access token. When the row had changed
    /// meanwhile, load it and decide again.
    Rotated {
        /// The token that came, used.
        used: Box<StoredRefresh>,
        /// The one that takes its place.
        next: Box<StoredRefresh>,
    },
    /// It was exchanged already: two parties hold it, and one of them stole it. Revoke the whole
    /// session, and record it.
    Reused {
        /// The session to revoke.
        session: SessionId,
        /// Whose it is.
        user: String,
    },
    /// Its session was ended.
    Revoked,
    /// Its time is over.
    Expired,
}

impl StoredRefresh {
    /// The first token of a new session.
    pub fn first(
        token: &RefreshToken,
        session: SessionId,
        user: impl Into<String>,
        now: Timestamp,
        rules: RefreshRules,
    ) -> Self {
        let session_ends_at = now.plus_seconds(rules.session_seconds);
        Self {
            hash: token.hash(),
            session,
            user: user.into(),
            issued_at: now,
            expires_at: now.plus_seconds(rules.idle_seconds).min(session_ends_at),
            session_ends_at,
            used_at: None,
            revoked_at: None,
        }
    }

    /// Exchanges this token, which a client sent at `now`, for `next`.
    pub fn exchange(self, next: &RefreshToken, now: Timestamp, rules: RefreshRules) -> Exchange {
        if self.revoked_at.is_some() {
            return Exchange::Revoked;
        }
        if self
            .used_at
            .is_some_and(|used_at| now > used_at.plus_seconds(rules.repeat_seconds))
        {
            return Exchange::Reused {
                session: self.session,
                user: self.user,
            };
        }
        if self.expires_at <= now {
            return Exchange::Expired;
        }
        let next = Self {
            hash: next.hash(),
            issued_at: now,
            expires_at: now
                .plus_seconds(rules.idle_seconds)
                .min(self.session_ends_at),
            used_at: None,
            ..self.clone()
        };
        let used = Self {
            used_at: Some(self.used_at.unwrap_or(now)),
            ..self
        };
        Exchange::Rotated {
            used: Box::new(used),
            next: Box::new(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [SigningAlgorithm; 2] = [SigningAlgorithm::EdDsa, SigningAlgorithm::Hs256];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + second)
    }

    fn key(algorithm: SigningAlgorithm, seed: u8, created: i64) -> SigningKey {
        SigningKey::new(algorithm, [seed; 32], at(created)).unwrap()
    }

    fn ring(algorithm: SigningAlgorithm) -> KeyRing {
        KeyRing::new(TokenRules::for_testing(), vec![key(algorithm, 1, 0)]).unwrap()
    }

    fn session() -> SessionId {
        SessionId::new(at(0), [5; 10])
    }

    fn issue(ring: &KeyRing, second: i64) -> String {
        ring.issue("user_1", &session(), at(second)).unwrap().token
    }

    /// A token with this header and these claims, rightly signed by the ring's current key.
    fn forge(ring: &KeyRing, header: &Value, claims: &Value) -> String {
        let key = ring.current();
        jws::sign(header, claims, key.algorithm.algorithm(), &key.encoding).unwrap()
    }

    fn good_header(ring: &KeyRing) -> Value {
        json!({"alg": ring.current().algorithm.as_str(), "kid": ring.current().kid, "typ": "at+jwt"})
    }

    fn good_claims() -> Value {
        json!({
            "iss": "https://tollgate.test", "aud": "tollgate", "sub": "user_1", "sid": "ses_1",
            "iat": at(0).as_seconds(), "exp": at(900).as_seconds(), "type": "access",
        })
    }

    #[test]
    fn the_public_half_is_that_of_rfc_8032() {
        let secret =
            hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let secret: [u8; 32] = secret.unwrap().try_into().unwrap();
        let key = SigningKey::new(SigningAlgorithm::EdDsa, secret, at(0)).unwrap();
        let public = URL_SAFE_NO_PAD.decode(key.public.unwrap()).unwrap();
        assert_eq!(
            hex::encode(public),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }

    #[test]
    fn a_token_says_whom_it_stands_for() {
        for algorithm in BOTH {
            let ring = ring(algorithm);
            let token = ring.issue("user_1", &session(), at(10)).unwrap();
            assert_eq!(token.expires_at, at(910));
            assert_eq!(
                ring.verify(&token.token, at(10)),
                Ok(AccessClaims {
                    subject: "user_1".into(),
                    session: session(),
                    issued_at: at(10),
                    expires_at: at(910),
                })
            );
        }
    }

    #[test]
    fn a_token_is_valid_in_its_time_only() {
        for algorithm in BOTH {
            let ring = ring(algorithm);
            let token = issue(&ring, 1_000);
            for (second, expected) in [
                (0, Err(TokenError::NotYetValid)),
                (939, Err(TokenError::NotYetValid)),
                (940, Ok(())),
                (1_000, Ok(())),
                (1_899, Ok(())),
                (1_900, Err(TokenError::Expired)),
                (1_000_000, Err(TokenError::Expired)),
            ] {
                assert_eq!(
                    ring.verify(&token, at(second)).map(|_| ()),
                    expected,
                    "at {second}"
                );
            }
        }
    }

    #[test]
    fn wrong_claims_are_refused_though_rightly_signed() {
        for algorithm in BOTH {
            let ring = ring(algorithm);
            let check = |header: &Value, claims: &Value| {
                ring.verify(&forge(&ring, header, claims), at(1))
                    .map(|_| ())
            };
            assert_eq!(check(&good_header(&ring), &good_claims()), Ok(()));
            let claim = |name: &str| Err(TokenError::Claim(name.into()));
            for (name, value, expected) in [
                (
                    "iss",
                    json!("https://elsewhere.test"),
                    Err(TokenError::Issuer),
                ),
                ("iss", Value::Null, Err(TokenError::Issuer)),
                ("aud", json!("other"), Err(TokenError::Audience)),
                ("aud", json!(["other"]), Err(TokenError::Audience)),
                ("aud", json!(["other", "tollgate"]), Ok(())),
                ("aud", Value::Null, Err(TokenError::Audience)),
                ("sub", Value::Null, claim("sub")),
                ("sub", json!(7), claim("sub")),
                ("sid", Value::Null, claim("sid")),
                ("iat", Value::Null, claim("iat")),
                ("exp", Value::Null, claim("exp")),
                ("exp", json!("soon"), claim("exp")),
                ("exp", json!(at(901).as_seconds()), claim("exp")),
                ("exp", json!(at(1).as_seconds()), Err(TokenError::Expired)),
                ("nbf", json!(at(61).as_seconds()), Ok(())),
                (
                    "nbf",
                    json!(at(62).as_seconds()),
                    Err(TokenError::NotYetValid),
                ),
                ("nbf", json!("x"), claim("nbf")),
                ("type", json!("refresh"), Err(TokenError::Kind)),
                ("type", Value::Null, Err(TokenError::Kind)),
            ] {
                let mut claims = good_claims();
                claims[name] = value;
                assert_eq!(
                    check(&good_header(&ring), &claims),
                    expected,
                    "{name}: {}",
                    claims[name]
                );
            }
            for (name, value, expected) in [
                ("typ", json!("JWT"), TokenError::Kind),
                ("typ", Value::Null, TokenError::Kind),
                ("kid", Value::Null, TokenError::KeyUnknown),
                ("kid", json!("0000000000000000"), TokenError::KeyUnknown),
                ("kid", json!("../../etc/passwd"), TokenError::KeyUnknown),
                ("alg", json!("none"), TokenError::Algorithm),
                ("alg", json!("HS512"), TokenError::Algorithm),
            ] {
                let mut header = good_header(&ring);
                header[name] = value;
                assert_eq!(check(&header, &good_claims()), Err(expected), "{header}");
            }
        }
    }

    #[test]
    fn the_public_half_of_a_key_is_no_hmac_secret() {
        let ring = ring(SigningAlgorithm::EdDsa);
        let public = ring.current().public.clone().unwrap();
        let raw = URL_SAFE_NO_PAD.decode(&public).unwrap();
        for secret in [raw.as_slice(), public.as_bytes()] {
            let mut header = good_header(&ring);
            header["alg"] = json!("HS256");
            let encoding = EncodingKey::from_secret(secret);
            let confused = jws::sign(&header, &good_claims(), Algorithm::HS256, &encoding).unwrap();
            assert_eq!(ring.verify(&confused, at(1)), Err(TokenError::Algorithm));
            header["alg"] = json!("EdDSA");
            let confused = jws::sign(&header, &good_claims(), Algorithm::HS256, &encoding).unwrap();
            assert_eq!(ring.verify(&confused, at(1)), Err(TokenError::Signature));
        }
    }

    #[test]
    fn unsigned_and_tampered_tokens_are_refused() {
        for algorithm in BOTH {
            let ring = ring(algorithm);
            let token = issue(&ring, 0);
            let parts: Vec<_> = token.split('.').collect();
            let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let mut none = good_header(&ring);
            none["alg"] = json!("none");
            let mut other = good_claims();
            other["sub"] = json!("user_2");
            for forged in [
                format!("{}.{}.", encode(&none), parts[1]),
                format!("{}.{}.{}", encode(&none), parts[1], parts[2]),
                format!("{}.{}.", parts[0], parts[1]),
                format!("{}.{}.{}", parts[0], encode(&other), parts[2]),
                format!("{}.{}.{}", parts[0], parts[1], "A".repeat(parts[2].len())),
            ] {
                let refusal = ring.verify(&forged, at(1)).unwrap_err();
                assert!(
                    matches!(refusal, TokenError::Algorithm | TokenError::Signature),
                    "{refusal}"
                );
            }
        }
    }

    #[test]
    fn another_installations_key_is_not_ours() {
        for algorithm in BOTH {
            let theirs =
                KeyRing::new(TokenRules::for_testing(), vec![key(algorithm, 2, 0)]).unwrap();
            let ours = ring(algorithm);
            assert_eq!(
                ours.verify(&issue(&theirs, 0), at(1)),
                Err(TokenError::KeyUnknown)
            );
            let mut header = good_header(&theirs);
            header["kid"] = json!(ours.current().kid);
            let forged = forge(&theirs, &header, &good_claims());
            assert_eq!(ours.verify(&forged, at(1)), Err(TokenError::Signature));
        }
    }

    #[test]
    fn rotation_keeps_what_was_given_out_and_nothing_longer() {
        let first = ring(SigningAlgorithm::Hs256);
        let before = issue(&first, 900);
        let second = first
            .rotate(key(SigningAlgorithm::EdDsa, 2, 1_000), at(1_000))
            .unwrap();
        assert_eq!(second.current().algorithm(), SigningAlgorithm::EdDsa);
        let after = issue(&second, 1_000);
        assert!(
            second.verify(&before, at(1_799)).is_ok(),
            "the older key still checks"
        );
        assert!(second.verify(&after, at(1_000)).is_ok());
        assert_eq!(
            first.verify(&after, at(1_000)),
            Err(TokenError::KeyUnknown),
            "load the ring again"
        );

        // A replica that has not heard of it, and one that stole the retired key.
        assert!(second.verify(&issue(&first, 1_300), at(1_300)).is_ok());
        assert_eq!(
            second.verify(&issue(&first, 1_301), at(1_301)),
            Err(TokenError::KeyRetired)
        );
        assert_eq!(
            second.verify(&issue(&first, 1_300), at(2_200)),
            Err(TokenError::KeyRetired)
        );

        assert_eq!(second.spent(at(2_199)).count(), 0);
        assert_eq!(
            second.spent(at(2_200)).collect::<Vec<_>>(),
            [first.current().kid()]
        );
        let third = second
            .rotate(key(SigningAlgorithm::Hs256, 3, 2_200), at(2_200))
            .unwrap();
        let kept: Vec<_> = third.keys().iter().map(SigningKey::retired_at).collect();
        assert_eq!(kept, [None, Some(at(2_200))], "the spent key is gone");
    }

    #[test]
    fn rings_that_cannot_work_are_refused() {
        let new = |keys| KeyRing::new(TokenRules::for_testing(), keys).map(|_| ());
        let one = key(SigningAlgorithm::Hs256, 1, 0);
        let retired = SigningKey {
            retired_at: Some(at(1)),
            ..one.clone()
        };
        assert_eq!(new(vec![]), Err(KeyRingError::NoCurrent));
        assert_eq!(new(vec![retired]), Err(KeyRingError::NoCurrent));
        let twice = KeyRingError::Twice {
            kid: one.kid().to_owned(),
        };
        assert_eq!(new(vec![one.clone(), one]), Err(twice));
        let many = (0..17)
            .map(|seed| key(SigningAlgorithm::Hs256, seed, 0))
            .collect();
        assert_eq!(new(many), Err(KeyRingError::TooMany));
    }

    #[test]
    fn a_stored_key_reads_back_and_a_changed_one_does_not() {
        for algorithm in BOTH {
            let key = key(algorithm, 1, 0);
            let read = |kid: &str, secret: [u8; 32]| {
                SigningKey::from_stored(kid, key.algorithm(), secret, key.created_at(), None)
                    .map(|key| key.kid)
            };
            assert_eq!(read(key.kid(), *key.secret()), Ok(key.kid.clone()));
            let changed = KeyRingError::KeyId {
                kid: key.kid.clone(),
            };
            assert_eq!(read(key.kid(), [9; 32]), Err(changed));
            assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        }
        assert_eq!(
            "none".parse::<SigningAlgorithm>(),
            Err(KeyRingError::Algorithm)
        );
    }

    #[test]
    fn only_public_halves_are_published() {
        let ring = ring(SigningAlgorithm::Hs256);
        assert_eq!(ring.jwks(at(0)), json!({"keys": []}));
        let ring = ring
            .rotate(key(SigningAlgorithm::EdDsa, 2, 1), at(1))
            .unwrap();
        let document = ring.jwks(at(2));
        assert_eq!(document["keys"].as_array().unwrap().len(), 1);
        assert_eq!(document["keys"][0]["kid"], ring.current().kid());
        let secret = URL_SAFE_NO_PAD.encode(ring.current().secret());
        assert!(!document.to_string().contains(&secret));
        let shown = format!("{ring:?}");
        assert!(
            !shown.contains(&secret) && !shown.contains("[2, 2, 2"),
            "{shown}"
        );
    }

    fn rules() -> RefreshRules {
        RefreshRules {
            idle_seconds: 100,
            session_seconds: 250,
            repeat_seconds: 10,
        }
    }

    fn refresh_token(seed: u8) -> RefreshToken {
        RefreshToken::new([seed; 32])
    }

    fn first() -> StoredRefresh {
        StoredRefresh::first(&refresh_token(1), session(), "user_1", at(0), rules())
    }

    #[test]
    fn refresh_tokens_read_back_and_others_do_not() {
        let token = refresh_token(1);
        assert_eq!(
            RefreshToken::parse(token.reveal()).unwrap().hash(),
            token.hash()
        );
        for text in [
            "",
            "tgr_",
            &token.reveal()[1..],
            &format!("{}A", token.reveal()),
            &token.reveal()[..46],
            &token.reveal().replace('_', "-"),
            &format!("tgr_{}", "!".repeat(43)),
        ] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
        assert!(!format!("{token:?} {:?}", token.hash()).contains("AQEB"));
    }

    #[test]
    fn each_exchange_moves_the_end_but_never_beyond_the_sessions() {
        let mut current = first();
        let mut ends = vec![current.expires_at];
        for (seed, second) in [(2, 90), (3, 180), (4, 240)] {
            let Exchange::Rotated { used, next } =
                current.exchange(&refresh_token(seed), at(second), rules())
            else {
                panic!("in time, unused and not revoked");
            };
            assert_eq!(used.used_at, Some(at(second)));
            assert_eq!(
                (&next.session, next.user.as_str(), next.used_at),
                (&used.session, "user_1", None)
            );
            assert_eq!(next.hash, refresh_token(seed).hash());
            ends.push(next.expires_at);
            current = *next;
        }
        assert_eq!(ends, [at(100), at(190), at(250), at(250)]);
        assert_eq!(
            current.exchange(&refresh_token(9), at(250), rules()),
            Exchange::Expired
        );
    }

    #[test]
    fn a_token_that_comes_again_ends_the_session_unless_it_is_a_repetition() {
        let used = StoredRefresh {
            used_at: Some(at(50)),
            ..first()
        };
        let exchange = |second| {
            used.clone()
                .exchange(&refresh_token(3), at(second), rules())
        };
        let Exchange::Rotated { used: still, .. } = exchange(60) else {
            panic!("a repetition within ten seconds");
        };
        assert_eq!(
            still.used_at,
            Some(at(50)),
            "the grace is not prolonged by using it"
        );
        let reused = Exchange::Reused {
            session: session(),
            user: "user_1".into(),
        };
        assert_eq!(exchange(61), reused);
        assert_eq!(exchange(10_000), reused, "even when it had expired");
    }

    #[test]
    fn a_revoked_session_stays_ended() {
        for used_at in [None, Some(at(1)), Some(at(40))] {
            let revoked = StoredRefresh {
                revoked_at: Some(at(45)),
                used_at,
                ..first()
            };
            assert_eq!(
                revoked.exchange(&refresh_token(2), at(46), rules()),
                Exchange::Revoked
            );
        }
    }
}
