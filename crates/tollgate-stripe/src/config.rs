//! How Stripe is reached, and with whose key.

use crate::retry::Retry;
use reqwest::Url;
use std::fmt;
use std::time::Duration;

/// The version of Stripe's API that every request asks for. Set the same one as the `api_version`
/// of the webhook endpoint.
pub const API_VERSION: &str = "2026-10-28.endive";

/// Where Stripe itself is.
const BASE_URL: &str = "https://api.stripe.com";

/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The secret key of an account; neither `Debug` nor any error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

impl SecretKey {
    /// Checks and keeps `text`. Spaces around it, as files and variables have them, are dropped.
    pub fn new(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::SecretKey);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether real money moves with it.
    pub fn is_live(&self) -> bool {
        self.0.starts_with("sk_live_") || self.0.starts_with("rk_live_")
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_live() {
            "[private live key]"
        } else {
            "[private key]"
        })
    }
}

/// How Stripe is reached.
#[derive(Clone, Debug)]
pub struct Config {
    /// The account's secret key.
    pub secret_key: SecretKey,
    /// Where Stripe is; it may have a path, below which `/v1/…` is.
    pub base_url: String,
    /// The version of the API that is asked for.
    pub api_version: String,
    /// How long one try may take, from connecting to the last byte.
    pub timeout: Duration,
    /// How often and for how long a request is tried.
    pub retry: Retry,
}

impl Config {
    /// Stripe itself, at the pinned version, with this key.
    pub fn new(secret_key: SecretKey) -> Self {
        Self {
            secret_key,
            base_url: BASE_URL.to_owned(),
            api_version: API_VERSION.to_owned(),
            timeout: TIMEOUT,
            retry: Retry::default(),
        }
    }

    /// The base address, checked.
    pub(crate) fn base(&self) -> Result<Url, ConfigError> {
        let base = Url::parse(&self.base_url).map_err(|_| ConfigError::BaseUrl)?;
        let plain = match base.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(ConfigError::BaseUrl),
        };
        let has_more = base.query().is_some()
            || base.fragment().is_some()
            || !base.username().is_empty()
            || base.password().is_some();
        if base.cannot_be_a_base() || has_more {
            return Err(ConfigError::BaseUrl);
        }
        if plain && self.secret_key.is_live() {
            return Err(ConfigError::LiveKeyInTheClear);
        }
        Ok(base)
    }
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The key is empty or no key.
    #[error("the Stripe secret key is empty or has characters that no key has")]
    SecretKey,
    /// The base address is none.
    #[error(
        "the Stripe base URL must be http:// or https:// with a host, and have no query and no user"
    )]
    BaseUrl,
    /// A live key is never sent without encryption.
    #[error("a live Stripe key is sent only over https")]
    LiveKeyInTheClear,
    /// The version is none.
    #[error("the Stripe API version is no version")]
    ApiVersion,
    /// The HTTP client could not be made.
    #[error("the HTTP client for Stripe could not be made")]
    Http(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(key: &str, base_url: &str) -> Config {
        Config {
            base_url: base_url.to_owned(),
            ..Config::new(SecretKey::new(key).unwrap())
        }
    }

    #[test]
    fn the_key_does_not_show() {
        let shown = format!("{:?}", config("sk_test_abc123", BASE_URL));
        assert!(!shown.contains("abc123"), "{shown}");
        assert!(shown.contains("[private key]"), "{shown}");
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        for wrong in ["", "  \n", "sk test", "sk_\u{e4}"] {
            assert!(matches!(SecretKey::new(wrong), Err(ConfigError::SecretKey)));
        }
        assert!(!SecretKey::new(" sk_test_1\n").unwrap().is_live());
        assert!(SecretKey::new("rk_live_1").unwrap().is_live());
    }

    #[test]
    fn base_addresses_may_have_a_path_and_nothing_else() {
        for right in ["http://127.0.0.1:12111", "https://host/stripe/", BASE_URL] {
            assert!(config("sk_test_1", right).base().is_ok(), "{right}");
        }
        for wrong in [
            "",
            "api.stripe.com",
            "ftp://host",
            "mailto:a@b",
            "https://user:pass@host",
            "https://host/?a=b",
            "https://host/#a",
        ] {
            let refused = config("sk_test_1", wrong).base();
            assert!(matches!(refused, Err(ConfigError::BaseUrl)), "{wrong}");
        }
    }

    #[test]
    fn a_live_key_goes_only_over_https() {
        assert!(config("sk_live_1", BASE_URL).base().is_ok());
        assert!(matches!(
            config("sk_live_1", "http://127.0.0.1").base(),
            Err(ConfigError::LiveKeyInTheClear)
        ));
    }
}
