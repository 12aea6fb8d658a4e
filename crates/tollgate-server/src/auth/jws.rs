//! Signed JSON (RFC 7515, compact form): split, checked against one key of one algorithm, parsed.
//!
//! The order is what makes it safe: the header only chooses among keys that we hold, the key says
//! which algorithm is used, and nothing of the payload is looked at before its signature is right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_core::Timestamp;

/// The longest token that is looked at.
pub(super) const TOKEN_BYTES_MAX: usize = 8_192;

/// How far two machines' clocks may differ.
pub(super) const CLOCK_SKEW_SECONDS_MAX: i64 = 60;

/// Why a token is not accepted. Clients are told no more than that it is not; this is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64 with JSON, too long, or with a header that cannot be followed.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// Its header names an algorithm that the key is not for. `none` is one of those.
    #[error("the token's algorithm is not that of its key")]
    Algorithm,
    /// No key of ours has its key id.
    #[error("the token's key is not known")]
    KeyUnknown,
    /// The key exists, but not for this token's time.
    #[error("the token's key is retired")]
    KeyRetired,
    /// The signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim that has to be there is missing or not of its type.
    #[error("the token's claim {0:?} is missing or of a wrong type")]
    Claim(String),
    /// Made by somebody else.
    #[error("the token's issuer is not accepted")]
    Issuer,
    /// Made for somebody else.
    #[error("the token's audience is not accepted")]
    Audience,
    /// A token of another kind.
    #[error("the token is not an access token")]
    Kind,
    /// Past its time.
    #[error("the token has expired")]
    Expired,
    /// Before its time.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// The keys to check it with cannot be had at the moment.
    #[error("the keys for checking tokens cannot be had")]
    KeysUnavailable,
}

/// The header, as far as it is followed.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    pub(super) typ: Option<String>,
    /// Extensions that must be understood: there are none here.
    crit: Option<Value>,
    /// An unencoded payload (RFC 7797): not here.
    b64: Option<Value>,
}

/// A token taken apart, nothing of it believed yet.
#[derive(Debug)]
pub(super) struct Unverified<'a> {
    pub(super) header: Header,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed("too long"));
        }
        let mut parts = token.split('.');
        let (Some(header_part), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed("not three parts"));
        };
        let header: Header = serde_json::from_slice(&decode(header_part)?)
            .map_err(|_| TokenError::Malformed("the header is not the JSON it should be"))?;
        if header.crit.is_some() || header.b64.is_some() {
            return Err(TokenError::Malformed("the header asks for extensions"));
        }
        let message = &token[..header_part.len() + 1 + payload.len()];
        Ok(Self {
            header,
            message,
            payload,
            signature,
        })
    }

    /// Checks the signature with `key`, which is for `algorithm` only, and gives the claims.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        key: &DecodingKey,
    ) -> Result<Claims, TokenError> {
        if self.header.alg != algorithm_name(algorithm) {
            return Err(TokenError::Algorithm);
        }
        let verified =
            jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), key, algorithm);
        if !matches!(verified, Ok(true)) {
            return Err(TokenError::Signature);
        }
        serde_json::from_slice(&decode(self.payload)?)
            .map(Claims)
            .map_err(|_| TokenError::Malformed("the payload is not a JSON object"))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed("a part is not base64url"))
}

/// The algorithms that are used here, as RFC 7518 and RFC 8037 name them.
pub(super) const fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HS256 => "HS256",
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        // Never chosen for a key; a name that no header has.
        _ => "",
    }
}

/// Signs `payload` under `header`.
pub(super) fn sign(
    header: &Value,
    payload: &Value,
    algorithm: Algorithm,
    key: &EncodingKey,
) -> Result<String, jsonwebtoken::errors::Error> {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm)?;
    Ok(format!("{message}.{signature}"))
}

/// The claims of a token whose signature is right.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Result<&str, TokenError> {
        match self.0.get(name) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(TokenError::Claim(name.to_owned())),
        }
    }

    /// A claim that is there, of whatever type; `null` is not there.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A claim that is an instant.
    pub(super) fn instant(&self, name: &str) -> Result<Timestamp, TokenError> {
        self.instant_if_present(name)?
            .ok_or_else(|| TokenError::Claim(name.to_owned()))
    }

    /// A claim that is an instant, or not there.
    pub(super) fn instant_if_present(&self, name: &str) -> Result<Option<Timestamp>, TokenError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let seconds = value
            .as_i64()
            .or_else(|| value.as_f64().and_then(whole_seconds))
            .filter(|seconds| *seconds >= 0)
            .ok_or_else(|| TokenError::Claim(name.to_owned()))?;
        Ok(Some(Timestamp::from_seconds(seconds)))
    }

    /// Whether the claim, a text or a list of texts, is or has one of `accepted`.
    pub(super) fn is_one_of(&self, name: &str, accepted: &[String]) -> bool {
        let is_accepted = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| accepted.iter().any(|a| a == text))
        };
        match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().any(is_accepted),
            Some(value) => is_accepted(value),
            None => false,
        }
    }
}

/// An instant written with a fraction (allowed by RFC 7519), rounded down.
#[expect(
    clippy::cast_possible_truncation,
    reason = "in range, and the fraction is to go"
)]
fn whole_seconds(seconds: f64) -> Option<i64> {
    (seconds.is_finite() && (0.0..1e15).contains(&seconds)).then_some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SECRET: &[u8] = b"a secret of at least 32 bytes, really";

    fn token(header: &Value, payload: &Value) -> String {
        sign(
            header,
            payload,
            Algorithm::HS256,
            &EncodingKey::from_secret(SECRET),
        )
        .unwrap()
    }

    fn check(token: &str) -> Result<Claims, TokenError> {
        Unverified::parse(token)?.verify(Algorithm::HS256, &DecodingKey::from_secret(SECRET))
    }

    #[test]
    fn the_example_of_rfc_7515_verifies() {
        let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = URL_SAFE_NO_PAD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .unwrap();
        let claims = Unverified::parse(token)
            .unwrap()
            .verify(Algorithm::HS256, &DecodingKey::from_secret(&key))
            .unwrap();
        assert_eq!(claims.text("iss"), Ok("joe"));
        assert_eq!(
            claims.instant("exp"),
            Ok(Timestamp::from_seconds(1_300_819_380))
        );
    }

    #[test]
    fn malformed_tokens_are_refused_before_any_key_is_used() {
        let good = token(&json!({"alg": "HS256"}), &json!({}));
        let (message, signature) = good.rsplit_once('.').unwrap();
        for text in [
            String::new(),
            "..".into(),
            "a.b".into(),
            message.to_owned(),
            format!("{good}."),
            format!("{good}.x"),
            format!("{good}="),
            format!("{message}.{signature}\n"),
            format!(" {good}"),
            "x".repeat(TOKEN_BYTES_MAX + 1),
            token(&json!([]), &json!({})),
            token(&json!({"typ": "JWT"}), &json!({})),
            token(&json!({"alg": "HS256", "crit": ["exp"]}), &json!({})),
            token(&json!({"alg": "HS256", "b64": false}), &json!({})),
            token(&json!({"alg": "HS256"}), &json!("text")),
        ] {
            let refusal = check(&text).unwrap_err();
            assert!(
                matches!(refusal, TokenError::Malformed(_) | TokenError::Signature),
                "{text}: {refusal}"
            );
        }
        assert!(check(&good).is_ok());
    }

    #[test]
    fn only_the_keys_own_algorithm_is_used() {
        for alg in [
            "none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256",
        ] {
            let signed = token(&json!({"alg": alg}), &json!({}));
            assert_eq!(check(&signed).unwrap_err(), TokenError::Algorithm, "{alg}");
            let (message, _) = signed.rsplit_once('.').unwrap();
            assert_eq!(
                check(&format!("{message}.")).unwrap_err(),
                TokenError::Algorithm,
                "{alg}"
            );
        }
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let good = token(&json!({"alg": "HS256"}), &json!({"sub": "ann", "exp": 1}));
        for position in 0..good.len() {
            for replacement in ["A", "z", "_"] {
                let mut changed = good.clone();
                changed.replace_range(position..=position, replacement);
                if changed != good {
                    assert!(check(&changed).is_err(), "{changed}");
                }
            }
        }
    }

    #[test]
    fn instants_may_have_fractions_but_must_be_numbers() {
        let claims =
            |exp: Value| check(&token(&json!({"alg": "HS256"}), &json!({"exp": exp}))).unwrap();
        assert_eq!(
            claims(json!(1.9)).instant("exp"),
            Ok(Timestamp::from_seconds(1))
        );
        assert_eq!(
            claims(json!(7)).instant("exp"),
            Ok(Timestamp::from_seconds(7))
        );
        assert_eq!(claims(json!(u64::MAX)).instant_if_present("nbf"), Ok(None));
        for wrong in [
            json!("7"),
            json!(-1),
            json!(-0.5),
            json!(1e300),
            json!(u64::MAX),
            json!([7]),
            json!(true),
            Value::Null,
        ] {
            assert_eq!(
                claims(wrong.clone()).instant("exp"),
                Err(TokenError::Claim("exp".into())),
                "{wrong}"
            );
        }
    }
}
