//! The host app's own tokens: signed with a shared secret, or by the keys of a JWKS document that
//! is read from a file or fetched and kept.

use super::jws::{CLOCK_SKEW_SECONDS_MAX, Claims, TokenError, Unverified, algorithm_name};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, MemberId};

/// The fewest bytes of a shared secret: as many as HMAC-SHA-256 gives.
pub const SECRET_BYTES_MIN: usize = 32;

/// The largest JWKS document that is read, and the most keys that are kept of it.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
const KEYS_MAX: usize = 64;
/// How long fetching it may take.
const FETCH_SECONDS_MAX: u64 = 5;
/// It is fetched at most so often, whatever tokens come, and a little more often while there are
/// no keys at all.
const FETCH_PAUSE_SECONDS: i64 = 60;
const FIRST_FETCH_PAUSE_SECONDS: i64 = 5;
/// It is fetched again after so long, so that a key that was withdrawn ceases to be accepted.
const FRESH_SECONDS: i64 = 600;

/// RSA moduli that are accepted, in bytes: 2,048 to 4,096 bits.
const RSA_BYTES_MIN: usize = 256;
const RSA_BYTES_MAX: usize = 512;

/// What is demanded of the host's tokens, and where they say who the customer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostTokenRules {
    /// The `iss` that they must have, if any is demanded.
    pub issuer: Option<String>,
    /// The `aud` of which they must have one, if any is demanded.
    pub audiences: Vec<String>,
    /// The claim with the user's id.
    pub user_claim: String,
    /// The claim with the id of the organisation that the user acts for. Where a token has it,
    /// the organisation is the customer and the user a member of it.
    pub organisation_claim: Option<String>,
}

impl Default for HostTokenRules {
    /// Any issuer and audience, the user in `sub`, no organisations.
    fn default() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            user_claim: "sub".into(),
            organisation_claim: None,
        }
    }
}

/// Why the host's tokens cannot be checked as they are configured.
#[derive(Debug, thiserror::Error)]
pub enum HostTokenConfigError {
    /// The shared secret is short enough to be guessed.
    #[error("the shared secret must have at least {SECRET_BYTES_MIN} bytes")]
    SecretTooShort,
    /// The address of the JWKS document is not one to trust.
    #[error(
        "the address of the JWKS document must begin with https:// (http:// only on this machine)"
    )]
    Address,
    /// The JWKS document has no key that can be used.
    #[error("the JWKS document has no usable key: RS256, ES256 or EdDSA keys for signatures are")]
    NoKey,
    /// It is not a JWKS document.
    #[error("not a JWKS document")]
    Document(#[source] serde_json::Error),
    /// It is larger than any JWKS document.
    #[error("the JWKS document has more than {DOCUMENT_BYTES_MAX} bytes")]
    TooLarge,
    /// It cannot be read.
    #[error("the JWKS document cannot be read")]
    Read(#[source] std::io::Error),
    /// It cannot be fetched.
    #[error("the JWKS document cannot be fetched")]
    Fetch(#[source] reqwest::Error),
}

/// Whom a token of the host stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostIdentity {
    /// Who pays: the organisation, or else the user.
    pub customer: CustomerId,
    /// Who acts, when the customer is an organisation.
    pub member: Option<MemberId>,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// Checks the host app's tokens.
#[derive(Debug)]
pub struct HostTokens {
    rules: HostTokenRules,
    keys: Keys,
}

impl HostTokens {
    /// Tokens signed with HS256 and a secret that the host shares with us.
    pub fn with_secret(rules: HostTokenRules, secret: &[u8]) -> Result<Self, HostTokenConfigError> {
        if secret.len() < SECRET_BYTES_MIN {
            return Err(HostTokenConfigError::SecretTooShort);
        }
        let keys = Keys::Secret(DecodingKey::from_secret(secret));
        Ok(Self { rules, keys })
    }

    /// Tokens signed with one of the keys of this JWKS document.
    pub fn with_document(
        rules: HostTokenRules,
        document: &[u8],
    ) -> Result<Self, HostTokenConfigError> {
        let keys = Keys::Fixed(Arc::new(KeySet::parse(document)?));
        Ok(Self { rules, keys })
    }

    /// Tokens signed with one of the keys of the JWKS document in a file. It is read when the
    /// first token comes, and again as a fetched one would be.
    pub fn with_file(rules: HostTokenRules, path: impl Into<PathBuf>) -> Self {
        let keys = Keys::Cached(Cache::new(Source::File(path.into())));
        Self { rules, keys }
    }

    /// Tokens signed with one of the keys of the JWKS document at `address`. It is fetched with
    /// `client` when the first token comes.
    pub fn with_address(
        rules: HostTokenRules,
        client: reqwest::Client,
        address: Url,
    ) -> Result<Self, HostTokenConfigError> {
        if !is_trustworthy(&address) {
            return Err(HostTokenConfigError::Address);
        }
        let keys = Keys::Cached(Cache::new(Source::Address { client, address }));
        Ok(Self { rules, keys })
    }

    /// Whom `token` stands for at `now`.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<HostIdentity, TokenError> {
        let unverified = Unverified::parse(token)?;
        let claims = match &self.keys {
            Keys::Secret(key) => unverified.verify(Algorithm::HS256, key)?,
            Keys::Fixed(keys) => keys.find(&unverified)?.verify(&unverified)?,
            Keys::Cached(cache) => cache.find(&unverified, now).await?.verify(&unverified)?,
        };
        self.check(&claims, now)
    }

    fn check(&self, claims: &Claims, now: Timestamp) -> Result<HostIdentity, TokenError> {
        let rules = &self.rules;
        if rules
            .issuer
            .as_ref()
            .is_some_and(|issuer| claims.text("iss") != Ok(issuer.as_str()))
        {
            return Err(TokenError::Issuer);
        }
        if !rules.audiences.is_empty() && !claims.is_one_of("aud", &rules.audiences) {
            return Err(TokenError::Audience);
        }
        let expires_at = claims.instant("exp")?;
        if expires_at.plus_seconds(CLOCK_SKEW_SECONDS_MAX) <= now {
            return Err(TokenError::Expired);
        }
        let not_before = claims.instant_if_present("nbf")?;
        if not_before.is_some_and(|instant| instant > now.plus_seconds(CLOCK_SKEW_SECONDS_MAX)) {
            return Err(TokenError::NotYetValid);
        }
        let user = id_claim(claims, &rules.user_claim)?
            .ok_or_else(|| TokenError::Claim(rules.user_claim.clone()))?;
        let organisation = match &rules.organisation_claim {
            Some(name) => id_claim(claims, name)?.map(|id| (name, id)),
            None => None,
        };
        let wrong = |name: &str| TokenError::Claim(name.to_owned());
        let (customer, member) = if let Some((name, organisation)) = organisation {
            let member = MemberId::new(&user).map_err(|_| wrong(&rules.user_claim))?;
            (
                CustomerId::new(&organisation).map_err(|_| wrong(name))?,
                Some(member),
            )
        } else {
            (
                CustomerId::new(&user).map_err(|_| wrong(&rules.user_claim))?,
                None,
            )
        };
        Ok(HostIdentity {
            customer,
            member,
            expires_at,
        })
    }
}

/// An id in a claim: a text, or a whole number as many hosts have them. `None` when it is not
/// there.
fn id_claim(claims: &Claims, name: &str) -> Result<Option<String>, TokenError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => {
            Ok(Some(number.to_string()))
        }
        Some(_) => Err(TokenError::Claim(name.to_owned())),
    }
}

/// Over TLS, or not leaving this machine; without a password, which would end up in logs.
fn is_trustworthy(address: &Url) -> bool {
    if !address.username().is_empty() || address.password().is_some() {
        return false;
    }
    let host = address.host_str().unwrap_or_default();
    let is_local = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match address.scheme() {
        "https" => true,
        "http" => is_local,
        _ => false,
    }
}

enum Keys {
    Secret(DecodingKey),
    Fixed(Arc<KeySet>),
    Cached(Cache),
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret(…)"),
            Self::Fixed(keys) => write!(f, "Fixed({} keys)", keys.0.len()),
            Self::Cached(cache) => write!(f, "Cached({:?})", cache.source),
        }
    }
}

/// A public key of the host, for one algorithm.
#[derive(Clone)]
struct HostKey {
    kid: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl HostKey {
    fn verify(&self, token: &Unverified<'_>) -> Result<Claims, TokenError> {
        token.verify(self.algorithm, &self.key)
    }

    /// Reads a key of a JWKS document; `None` for one that is not for us: another purpose or
    /// algorithm, a symmetric key (which has no place in a public document), a weak one.
    fn read(value: &Value) -> Option<Self> {
        let jwk = PublicJwk::deserialize(value).ok()?;
        let is_for_signatures = jwk
            .purpose
            .as_deref()
            .is_none_or(|purpose| purpose == "sig")
            && jwk
                .key_ops
                .as_ref()
                .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        let (algorithm, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => (Algorithm::RS256, rsa_key(&jwk)?),
            ("EC", Some("P-256")) => (Algorithm::ES256, p256_key(&jwk)?),
            ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, ed25519_key(&jwk)?),
            _ => return None,
        };
        let is_for_algorithm = jwk
            .alg
            .as_deref()
            .is_none_or(|alg| alg == algorithm_name(algorithm));
        (is_for_signatures && is_for_algorithm).then_some(Self {
            kid: jwk.kid,
            algorithm,
            key,
        })
    }
}

#[derive(Deserialize)]
struct PublicJwk {
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

fn rsa_key(jwk: &PublicJwk) -> Option<DecodingKey> {
    let (modulus, exponent) = (bytes(jwk.n.as_ref())?, bytes(jwk.e.as_ref())?);
    let modulus = &modulus[modulus.iter().position(|byte| *byte != 0)?..];
    let is_strong = (RSA_BYTES_MIN..=RSA_BYTES_MAX).contains(&modulus.len())
        && (1..=4).contains(&exponent.len())
        && exponent.as_slice() != [1];
    is_strong.then(|| DecodingKey::from_rsa_raw_components(modulus, &exponent))
}

fn p256_key(jwk: &PublicJwk) -> Option<DecodingKey> {
    let (x, y) = (bytes(jwk.x.as_ref())?, bytes(jwk.y.as_ref())?);
    (x.len() == 32 && y.len() == 32)
        .then(|| DecodingKey::from_ec_der(&[&[4_u8][..], &x, &y].concat()))
}

fn ed25519_key(jwk: &PublicJwk) -> Option<DecodingKey> {
    let x = bytes(jwk.x.as_ref())?;
    (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
}

/// The usable keys of a JWKS document.
struct KeySet(Vec<HostKey>);

impl KeySet {
    fn parse(document: &[u8]) -> Result<Self, HostTokenConfigError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(HostTokenConfigError::TooLarge);
        }
        let document: Document =
            serde_json::from_slice(document).map_err(HostTokenConfigError::Document)?;
        let keys: Vec<_> = document
            .keys
            .iter()
            .filter_map(HostKey::read)
            .take(KEYS_MAX)
            .collect();
        if keys.is_empty() {
            return Err(HostTokenConfigError::NoKey);
        }
        Ok(Self(keys))
    }

    /// The key that a token's header names. A token without a key id is for the only key of its
    /// algorithm.
    fn find(&self, token: &Unverified<'_>) -> Result<&HostKey, TokenError> {
        let is_named = |key: &&HostKey| match &token.header.kid {
            Some(kid) => key.kid.as_ref() == Some(kid),
            None => true,
        };
        let mut named = self.0.iter().filter(is_named).peekable();
        if named.peek().is_none() {
            return Err(TokenError::KeyUnknown);
        }
        let mut usable = named.filter(|key| algorithm_name(key.algorithm) == token.header.alg);
        match (usable.next(), usable.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(TokenError::KeyUnknown),
            (None, _) => Err(TokenError::Algorithm),
        }
    }
}

enum Source {
    File(PathBuf),
    Address {
        client: reqwest::Client,
        address: Url,
    },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Address { address, .. } => write!(f, "{address}"),
        }
    }
}

impl Source {
    async fn load(&self) -> Result<KeySet, HostTokenConfigError> {
        match self {
            Self::File(path) => {
                let file = tokio::fs::File::open(path)
                    .await
                    .map_err(HostTokenConfigError::Read)?;
                let mut document = Vec::new();
                let limit = u64::try_from(DOCUMENT_BYTES_MAX).expect("a small number") + 1;
                let mut file = tokio::io::AsyncReadExt::take(file, limit);
                tokio::io::AsyncReadExt::read_to_end(&mut file, &mut document)
                    .await
                    .map_err(HostTokenConfigError::Read)?;
                KeySet::parse(&document)
            }
            Self::Address { client, address } => KeySet::parse(&fetch(client, address).await?),
        }
    }
}

async fn fetch(client: &reqwest::Client, address: &Url) -> Result<Vec<u8>, HostTokenConfigError> {
    let mut response = client
        .get(address.clone())
        .timeout(Duration::from_secs(FETCH_SECONDS_MAX))
        .header("accept", "application/jwk-set+json, application/json")
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(HostTokenConfigError::Fetch)?;
    let mut document = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(HostTokenConfigError::Fetch)?
    {
        if document.len() + chunk.len() > DOCUMENT_BYTES_MAX {
            return Err(HostTokenConfigError::TooLarge);
        }
        document.extend_from_slice(&chunk);
    }
    Ok(document)
}

/// The last good keys of a document that can change. One request at a time loads it; the others
/// use what there is.
struct Cache {
    source: Source,
    kept: RwLock<Kept>,
    loading: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Kept {
    keys: Option<Arc<KeySet>>,
    loaded_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl Cache {
    fn new(source: Source) -> Self {
        Self {
            source,
            kept: RwLock::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    async fn find(&self, token: &Unverified<'_>, now: Timestamp) -> Result<HostKey, TokenError> {
        let kept = self.kept();
        let Some(keys) = kept.keys else {
            return self
                .load(now)
                .await
                .ok_or(TokenError::KeysUnavailable)?
                .find(token)
                .cloned();
        };
        match keys.find(token) {
            // The host may have changed its keys since.
            Err(TokenError::KeyUnknown) => self
                .load(now)
                .await
                .as_ref()
                .unwrap_or(&keys)
                .find(token)
                .cloned(),
            // Too old: one request loads it, the others go on with what there is meanwhile.
            Ok(_)
                if is_past(kept.loaded_at, FRESH_SECONDS, now)
                    && self.loading.try_lock().is_ok() =>
            {
                self.load(now)
                    .await
                    .as_ref()
                    .unwrap_or(&keys)
                    .find(token)
                    .cloned()
            }
            found => found.cloned(),
        }
    }

    /// Loads the document, unless that was tried just now, and gives the last good keys.
    async fn load(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        let _loading = self.loading.lock().await;
        let kept = self.kept();
        let pause_seconds = match kept.keys {
            Some(_) => FETCH_PAUSE_SECONDS,
            None => FIRST_FETCH_PAUSE_SECONDS,
        };
        if !is_past(kept.tried_at, pause_seconds, now) {
            return kept.keys;
        }
        // Noted before trying: a request that is dropped meanwhile has used up the try.
        self.write(|kept| kept.tried_at = Some(now));
        match self.source.load().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.write(|kept| {
                    kept.keys = Some(Arc::clone(&keys));
                    kept.loaded_at = Some(now);
                });
                Some(keys)
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(source = ?self.source, %error, cause, "keeping the last good JWKS document");
                kept.keys
            }
        }
    }

    fn kept(&self) -> Kept {
        self.kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn write(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether `instant` lies at least so far back, never was, or lies ahead (the clock was set back).
fn is_past(instant: Option<Timestamp>, seconds: i64, now: Timestamp) -> bool {
    instant.is_none_or(|instant| instant > now || instant.plus_seconds(seconds) <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::jws;
    use jsonwebtoken::EncodingKey;
    use jsonwebtoken::jwk::Jwk;
    use serde_json::json;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const SECRET: &[u8] = b"shared with the host: 32 bytes or more";
    const RSA: &[u8] = include_bytes!("testdata/rsa_2048_for_tests.pem");
    const RSA_WEAK: &[u8] = include_bytes!("testdata/rsa_1024_for_tests.pem");
    const P256: &[u8] = include_bytes!("testdata/p256_for_tests.pem");

    /// A key of the host: what signs, and what the document says of it.
    struct Signer {
        kid: &'static str,
        algorithm: Algorithm,
        key: EncodingKey,
    }

    impl Signer {
        fn rsa(kid: &'static str) -> Self {
            let key = EncodingKey::from_rsa_pem(RSA).unwrap();
            Self {
                kid,
                algorithm: Algorithm::RS256,
                key,
            }
        }

        fn p256(kid: &'static str) -> Self {
            let key = EncodingKey::from_ec_pem(P256).unwrap();
            Self {
                kid,
                algorithm: Algorithm::ES256,
                key,
            }
        }

        fn ed25519(kid: &'static str, seed: u8) -> Self {
            let mut der = hex::decode("302e020100300506032b657004220420").unwrap();
            der.extend([seed; 32]);
            Self {
                kid,
                algorithm: Algorithm::EdDSA,
                key: EncodingKey::from_ed_der(&der),
            }
        }

        fn jwk(&self) -> Value {
            let mut jwk =
                serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap())
                    .unwrap();
            jwk["kid"] = json!(self.kid);
            jwk["use"] = json!("sig");
            jwk
        }

        fn header(&self) -> Value {
            json!({"alg": algorithm_name(self.algorithm), "kid": self.kid, "typ": "JWT"})
        }

        fn sign_with(&self, header: &Value, claims: &Value) -> String {
            jws::sign(header, claims, self.algorithm, &self.key).unwrap()
        }

        fn sign(&self, claims: &Value) -> String {
            self.sign_with(&self.header(), claims)
        }
    }

    fn document(signers: &[&Signer]) -> Value {
        json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()})
    }

    fn with_document(document: &Value) -> Result<HostTokens, HostTokenConfigError> {
        HostTokens::with_document(HostTokenRules::default(), document.to_string().as_bytes())
    }

    fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
        jws::sign(
            header,
            claims,
            Algorithm::HS256,
            &EncodingKey::from_secret(secret),
        )
        .unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + second)
    }

    fn claims() -> Value {
        json!({"sub": "user_1", "exp": at(300).as_seconds()})
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is compared with results")]
    fn customer(id: &str) -> Result<HostIdentity, TokenError> {
        let customer = CustomerId::new(id).unwrap();
        Ok(HostIdentity {
            customer,
            member: None,
            expires_at: at(300),
        })
    }

    #[tokio::test]
    async fn every_kind_of_key_is_accepted() {
        let shared = HostTokens::with_secret(HostTokenRules::default(), SECRET).unwrap();
        let token = hs256(&json!({"alg": "HS256"}), &claims(), SECRET);
        assert_eq!(shared.verify(&token, at(0)).await, customer("user_1"));
        let token = hs256(
            &json!({"alg": "HS256", "kid": "whatever"}),
            &claims(),
            SECRET,
        );
        assert_eq!(shared.verify(&token, at(0)).await, customer("user_1"));

        let signers = [Signer::rsa("r"), Signer::p256("p"), Signer::ed25519("e", 1)];
        let public = with_document(&document(&[&signers[0], &signers[1], &signers[2]])).unwrap();
        for signer in &signers {
            assert_eq!(
                public.verify(&signer.sign(&claims()), at(0)).await,
                customer("user_1")
            );
            let mut header = signer.header();
            header.as_object_mut().unwrap().remove("kid");
            let unnamed = signer.sign_with(&header, &claims());
            assert_eq!(
                public.verify(&unnamed, at(0)).await,
                customer("user_1"),
                "the only {}",
                signer.kid
            );
        }
    }

    #[tokio::test]
    async fn no_token_chooses_its_own_algorithm() {
        let signers = [Signer::rsa("r"), Signer::p256("p"), Signer::ed25519("e", 1)];
        let public = with_document(&document(&[&signers[0], &signers[1], &signers[2]])).unwrap();
        for signer in &signers {
            // Unsigned, under every spelling.
            for alg in ["none", "None", "nOnE", ""] {
                let mut header = signer.header();
                header["alg"] = json!(alg);
                let signed = signer.sign_with(&header, &claims());
                let (message, _) = signed.rsplit_once('.').unwrap();
                for token in [signed.clone(), format!("{message}.")] {
                    assert_eq!(
                        public.verify(&token, at(0)).await,
                        Err(TokenError::Algorithm),
                        "{alg}"
                    );
                }
            }
            // HMAC with the public half as secret, in the forms in which it lies about.
            let jwk = signer.jwk();
            let part = jwk
                .get("n")
                .or(jwk.get("x"))
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned();
            for secret in [
                part.as_bytes().to_vec(),
                URL_SAFE_NO_PAD.decode(&part).unwrap(),
                jwk.to_string().into_bytes(),
            ] {
                for (alg, expected) in [
                    ("HS256", TokenError::Algorithm),
                    (algorithm_name(signer.algorithm), TokenError::Signature),
                ] {
                    let header = json!({"alg": alg, "kid": signer.kid});
                    let token = hs256(&header, &claims(), &secret);
                    assert_eq!(
                        public.verify(&token, at(0)).await,
                        Err(expected),
                        "{alg} {}",
                        signer.kid
                    );
                }
            }
            // A key of one algorithm under the id of another.
            for other in &signers {
                if other.kid != signer.kid {
                    let mut header = signer.header();
                    header["kid"] = json!(other.kid);
                    let token = signer.sign_with(&header, &claims());
                    assert_eq!(
                        public.verify(&token, at(0)).await,
                        Err(TokenError::Algorithm)
                    );
                    header["alg"] = json!(algorithm_name(other.algorithm));
                    let token = signer.sign_with(&header, &claims());
                    assert_eq!(
                        public.verify(&token, at(0)).await,
                        Err(TokenError::Signature)
                    );
                }
            }
        }
        let shared = HostTokens::with_secret(HostTokenRules::default(), SECRET).unwrap();
        for signer in &signers {
            assert_eq!(
                shared.verify(&signer.sign(&claims()), at(0)).await,
                Err(TokenError::Algorithm)
            );
        }
        let other = hs256(&json!({"alg": "HS256"}), &claims(), &[7; 32]);
        assert_eq!(
            shared.verify(&other, at(0)).await,
            Err(TokenError::Signature)
        );
    }

    #[tokio::test]
    async fn a_key_in_the_tokens_own_header_is_ignored() {
        let (ours, attacker) = (Signer::ed25519("e", 1), Signer::ed25519("e", 2));
        let public = with_document(&document(&[&ours])).unwrap();
        let mut header = attacker.header();
        header["jwk"] = attacker.jwk();
        header["jku"] = json!("https://attacker.test/jwks.json");
        header["x5u"] = json!("https://attacker.test/cert.pem");
        let token = attacker.sign_with(&header, &claims());
        assert_eq!(
            public.verify(&token, at(0)).await,
            Err(TokenError::Signature)
        );
    }

    #[tokio::test]
    async fn what_is_demanded_of_claims_holds() {
        let rules = HostTokenRules {
            issuer: Some("https://host.test".into()),
            audiences: vec!["app".into(), "api".into()],
            user_claim: "uid".into(),
            organisation_claim: Some("https://host.test/org".into()),
        };
        let tokens = HostTokens::with_secret(rules, SECRET).unwrap();
        let good = json!({
            "iss": "https://host.test", "aud": "app", "uid": "user_1", "sub": "another", "exp": at(300).as_seconds(),
        });
        let check = async |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            tokens
                .verify(&hs256(&json!({"alg": "HS256"}), &claims, SECRET), at(0))
                .await
        };
        let wrong = |name: &str| Err(TokenError::Claim(name.to_owned()));
        let expiring = |second: i64| {
            customer("user_1").map(|identity| HostIdentity {
                expires_at: at(second),
                ..identity
            })
        };
        for (name, value, expected) in [
            ("aud", json!("api"), customer("user_1")),
            ("aud", json!(["x", "api"]), customer("user_1")),
            ("aud", json!(["x"]), Err(TokenError::Audience)),
            ("aud", json!([]), Err(TokenError::Audience)),
            ("aud", json!({"app": true}), Err(TokenError::Audience)),
            ("aud", Value::Null, Err(TokenError::Audience)),
            ("iss", json!("https://host.test/"), Err(TokenError::Issuer)),
            ("iss", json!(["https://host.test"]), Err(TokenError::Issuer)),
            ("iss", Value::Null, Err(TokenError::Issuer)),
            ("exp", Value::Null, wrong("exp")),
            ("exp", json!("9999999999"), wrong("exp")),
            ("exp", json!(at(-59).as_seconds()), expiring(-59)),
            ("exp", json!(at(-60).as_seconds()), Err(TokenError::Expired)),
            ("nbf", json!(at(60).as_seconds()), customer("user_1")),
            (
                "nbf",
                json!(at(61).as_seconds()),
                Err(TokenError::NotYetValid),
            ),
            ("nbf", json!([]), wrong("nbf")),
            ("uid", json!(42), customer("42")),
            ("uid", json!(4.2), wrong("uid")),
            ("uid", json!(""), wrong("uid")),
            ("uid", json!("a b"), wrong("uid")),
            ("uid", json!("x".repeat(129)), wrong("uid")),
            ("uid", Value::Null, wrong("uid")),
            ("uid", json!(["user_1"]), wrong("uid")),
            (
                "https://host.test/org",
                json!("a b"),
                wrong("https://host.test/org"),
            ),
            (
                "https://host.test/org",
                json!(false),
                wrong("https://host.test/org"),
            ),
            ("https://host.test/org", Value::Null, customer("user_1")),
        ] {
            assert_eq!(
                check(name, value.clone()).await,
                expected,
                "{name}: {value}"
            );
        }
        assert_eq!(
            check("https://host.test/org", json!("org_456")).await,
            Ok(HostIdentity {
                customer: CustomerId::new("org_456").unwrap(),
                member: Some(MemberId::new("user_1").unwrap()),
                expires_at: at(300),
            })
        );
    }

    #[test]
    fn keys_that_are_not_for_us_are_left_out() {
        let good = Signer::rsa("r").jwk();
        let with = |name: &str, value: Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            jwk
        };
        let weak = Signer {
            key: EncodingKey::from_rsa_pem(RSA_WEAK).unwrap(),
            ..Signer::rsa("w")
        };
        let ed25519 = Signer::ed25519("e", 1).jwk();
        let ed25519_with = |name: &str, value: Value| {
            let mut jwk = ed25519.clone();
            jwk[name] = value;
            jwk
        };
        for left_out in [
            weak.jwk(),
            with("use", json!("enc")),
            with("key_ops", json!(["sign"])),
            with("alg", json!("RS384")),
            with("alg", json!("HS256")),
            with("alg", json!("PS256")),
            with("n", json!("AQAB")),
            with("n", json!("not base64!")),
            with("n", json!("A".repeat(1_400))),
            with("e", json!("AQ")),
            with("e", json!("AQABAQABAQAB")),
            with("kty", json!("oct")),
            ed25519_with("x", json!("AQAB")),
            ed25519_with("x", Value::Null),
            ed25519_with("crv", json!("X25519")),
            ed25519_with("crv", json!("Ed448")),
            json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(SECRET), "alg": "HS256"}),
            json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
            json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
            json!("text"),
            Value::Null,
        ] {
            let refusal = with_document(&json!({"keys": [left_out]})).unwrap_err();
            assert!(matches!(refusal, HostTokenConfigError::NoKey), "{left_out}");
            let keys =
                KeySet::parse(json!({"keys": [left_out, good]}).to_string().as_bytes()).unwrap();
            assert_eq!(keys.0.len(), 1, "the others still count");
        }
        let many = vec![ed25519; 200];
        assert_eq!(
            KeySet::parse(json!({"keys": many}).to_string().as_bytes())
                .unwrap()
                .0
                .len(),
            KEYS_MAX
        );
    }

    #[tokio::test]
    async fn an_unnamed_token_is_for_the_only_key_of_its_algorithm() {
        let (one, two) = (Signer::ed25519("one", 1), Signer::ed25519("two", 2));
        let tokens = with_document(&document(&[&one, &two])).unwrap();
        let unnamed = one.sign_with(&json!({"alg": "EdDSA"}), &claims());
        assert_eq!(
            tokens.verify(&unnamed, at(0)).await,
            Err(TokenError::KeyUnknown)
        );
        assert_eq!(
            tokens.verify(&one.sign(&claims()), at(0)).await,
            customer("user_1")
        );
    }

    #[test]
    fn configurations_that_are_not_safe_are_refused() {
        let rules = HostTokenRules::default;
        assert!(matches!(
            HostTokens::with_secret(rules(), &SECRET[..31]),
            Err(HostTokenConfigError::SecretTooShort)
        ));
        for (address, is_accepted) in [
            ("https://host.test/.well-known/jwks.json", true),
            ("http://127.0.0.1:3000/jwks", true),
            ("http://[::1]/jwks", true),
            ("http://localhost/jwks", true),
            ("http://host.test/jwks", false),
            ("http://localhost.host.test/jwks", false),
            ("https://user:secret@host.test/jwks", false),
            ("file:///etc/passwd", false),
            ("ftp://host.test/jwks", false),
        ] {
            let client = crate::outbound::client_builder().build().unwrap();
            let made = HostTokens::with_address(rules(), client, address.parse().unwrap());
            assert_eq!(made.is_ok(), is_accepted, "{address}");
        }
        let shown = format!("{:?}", HostTokens::with_secret(rules(), SECRET).unwrap());
        assert!(!shown.contains("shared with"), "{shown}");
        for document in ["", "[]", "{}", "{\"keys\": {}}"] {
            assert!(
                HostTokens::with_document(rules(), document.as_bytes()).is_err(),
                "{document}"
            );
        }
    }

    /// A host that publishes a document, or fails to.
    struct Host {
        answer: Mutex<Result<String, u16>>,
        asked: AtomicUsize,
    }

    impl Host {
        async fn start(document: &Value) -> (Arc<Self>, HostTokens) {
            let host = Arc::new(Self {
                answer: Mutex::new(Ok(document.to_string())),
                asked: AtomicUsize::new(0),
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}/jwks.json", listener.local_addr().unwrap());
            let served = Arc::clone(&host);
            let app = axum::Router::new().fallback(move || {
                let host = Arc::clone(&served);
                async move {
                    host.asked.fetch_add(1, Ordering::SeqCst);
                    let answer = host.answer.lock().unwrap().clone();
                    match answer {
                        Ok(document) => (http::StatusCode::OK, document),
                        Err(status) => (http::StatusCode::from_u16(status).unwrap(), String::new()),
                    }
                }
            });
            tokio::spawn(async move { axum::serve(listener, app).await });
            let client = crate::outbound::client_builder().build().unwrap();
            let tokens = HostTokens::with_address(
                HostTokenRules::default(),
                client,
                address.parse().unwrap(),
            )
            .unwrap();
            (host, tokens)
        }

        fn publish(&self, document: &Value) {
            *self.answer.lock().unwrap() = Ok(document.to_string());
        }

        fn fail(&self, status: u16) {
            *self.answer.lock().unwrap() = Err(status);
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn the_document_is_fetched_once_and_again_when_a_new_key_appears() {
        let (old, new) = (Signer::ed25519("old", 1), Signer::ed25519("new", 2));
        let (host, tokens) = Host::start(&document(&[&old])).await;
        for _ in 0..10 {
            assert_eq!(
                tokens.verify(&old.sign(&claims()), at(0)).await,
                customer("user_1")
            );
        }
        assert_eq!(host.asked(), 1);

        host.publish(&document(&[&old, &new]));
        for _ in 0..10 {
            assert_eq!(
                tokens.verify(&new.sign(&claims()), at(59)).await,
                Err(TokenError::KeyUnknown)
            );
        }
        assert_eq!(host.asked(), 1, "unknown keys ask at most once a minute");
        assert_eq!(
            tokens.verify(&new.sign(&claims()), at(60)).await,
            customer("user_1")
        );
        assert_eq!(host.asked(), 2);

        let stranger = Signer::ed25519("stranger", 3);
        for second in 61..119 {
            assert_eq!(
                tokens.verify(&stranger.sign(&claims()), at(second)).await,
                Err(TokenError::KeyUnknown)
            );
        }
        assert_eq!(host.asked(), 2);
    }

    #[tokio::test]
    async fn a_withdrawn_key_ceases_to_be_accepted() {
        let (old, new) = (Signer::ed25519("old", 1), Signer::ed25519("new", 2));
        let (host, tokens) = Host::start(&document(&[&old])).await;
        let token = old.sign(&json!({"sub": "user_1", "exp": at(10_000).as_seconds()}));
        assert!(tokens.verify(&token, at(0)).await.is_ok());
        host.publish(&document(&[&new]));
        assert!(tokens.verify(&token, at(599)).await.is_ok());
        assert_eq!(
            tokens.verify(&token, at(600)).await,
            Err(TokenError::KeyUnknown)
        );
    }

    #[tokio::test]
    async fn the_last_good_keys_outlive_a_host_that_fails() {
        let signer = Signer::ed25519("e", 1);
        let (host, tokens) = Host::start(&document(&[&signer])).await;
        let token = signer.sign(&json!({"sub": "user_1", "exp": at(100_000).as_seconds()}));
        assert!(tokens.verify(&token, at(0)).await.is_ok());
        for (round, document) in [
            "not json",
            "{}",
            "{\"keys\":[]}",
            &" ".repeat(DOCUMENT_BYTES_MAX + 1),
        ]
        .into_iter()
        .enumerate()
        {
            *host.answer.lock().unwrap() = Ok(document.to_owned());
            let second = 600 + 60 * i64::try_from(round).unwrap();
            assert!(tokens.verify(&token, at(second)).await.is_ok());
        }
        for (round, status) in [500, 404, 302].into_iter().enumerate() {
            host.fail(status);
            let second = 900 + 60 * i64::try_from(round).unwrap();
            assert!(tokens.verify(&token, at(second)).await.is_ok(), "{status}");
        }
        assert_eq!(host.asked(), 8, "each was tried");
    }

    #[tokio::test]
    async fn without_any_keys_the_answer_is_that_they_cannot_be_had() {
        let signer = Signer::ed25519("e", 1);
        let (host, tokens) = Host::start(&document(&[&signer])).await;
        host.fail(503);
        let token = signer.sign(&claims());
        for second in [0, 4] {
            assert_eq!(
                tokens.verify(&token, at(second)).await,
                Err(TokenError::KeysUnavailable)
            );
        }
        assert_eq!(host.asked(), 1);
        host.publish(&document(&[&signer]));
        assert_eq!(tokens.verify(&token, at(5)).await, customer("user_1"));
    }

    #[tokio::test]
    async fn many_requests_at_once_fetch_once() {
        let signer = Signer::ed25519("e", 1);
        let (host, tokens) = Host::start(&document(&[&signer])).await;
        let (tokens, token) = (Arc::new(tokens), signer.sign(&claims()));
        let requests: Vec<_> = (0..50)
            .map(|_| {
                let (tokens, token) = (Arc::clone(&tokens), token.clone());
                tokio::spawn(async move { tokens.verify(&token, at(0)).await })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap(), customer("user_1"));
        }
        assert_eq!(host.asked(), 1);
    }

    #[tokio::test]
    async fn a_file_is_read_like_a_fetched_document() {
        let (old, new) = (Signer::ed25519("old", 1), Signer::ed25519("new", 2));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        let tokens = HostTokens::with_file(HostTokenRules::default(), &path);
        assert_eq!(
            tokens.verify(&old.sign(&claims()), at(0)).await,
            Err(TokenError::KeysUnavailable)
        );
        std::fs::write(&path, document(&[&old]).to_string()).unwrap();
        assert_eq!(
            tokens.verify(&old.sign(&claims()), at(5)).await,
            customer("user_1")
        );
        std::fs::write(&path, document(&[&new]).to_string()).unwrap();
        assert_eq!(
            tokens.verify(&new.sign(&claims()), at(65)).await,
            customer("user_1")
        );
    }
}
