//! Users, tokens and keys.

use super::Secret;
use crate::auth::host_token::HostTokenRules;
use crate::auth::rate_limit::Rate;
use crate::auth::token::{RefreshRules, SigningAlgorithm, TokenRules};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Users, tokens and keys.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// `iss` of our access tokens: this installation.
    pub issuer: String,
    /// `aud` of our access tokens: who is meant to accept them.
    pub audience: String,
    /// How our access tokens are signed: `EdDSA`, which others can check by
    /// `/.well-known/jwks.json`, or `HS256`.
    pub signing_algorithm: String,
    /// How long an access token is valid, in seconds.
    pub access_token_seconds: u32,
    /// How long a session lasts without being heard of, in seconds.
    pub refresh_token_seconds: u32,
    /// How long a session lasts in any case, in seconds.
    pub session_seconds: u32,
    /// How long the owner stays signed in at the pages of `/admin/`, in seconds.
    pub owner_session_seconds: u32,
    /// After how many days a new signing key takes over; 0 for never.
    pub signing_key_days: u32,
    /// How long an invitation into an organisation can be accepted, in seconds.
    pub invitation_seconds: u32,
    /// Whether anyone may register. Closed, only invited addresses may.
    pub registration_open: bool,
    /// Whether cookies are only sent over TLS. Switch it off for plain HTTP on a laptop only.
    pub cookies_secure: bool,
    /// How many proxies stand before this server, each of which adds the address that it saw to
    /// `X-Forwarded-For`. With 0 that header is not believed.
    pub proxies: u32,
    /// The secret that the host app signs its own tokens with (HS256), if it does.
    pub host_secret: Option<Secret>,
    /// The host app's JWKS document: a file, or an `https://` address.
    pub host_jwks: Option<String>,
    /// The `iss` that the host's tokens must have, if any is demanded.
    pub host_issuer: Option<String>,
    /// The `aud` that the host's tokens must have, if any is demanded.
    pub host_audience: Option<String>,
    /// The claim of the host's tokens with the user's id.
    pub host_claim: String,
    /// The claim with the id of the organisation that the user acts for, where there is one.
    pub host_organization_claim: String,
    /// Attempts to sign in, register or refresh from one network address in five minutes.
    pub logins_per_address: u32,
    /// Attempts to sign in to one account in five minutes, from whatever address.
    pub logins_per_account: u32,
    /// Requests of one user in a minute; 0 for any number.
    pub user_requests_per_minute: u32,
    /// Requests of one API key in a minute; 0 for any number: back ends are trusted, and a full
    /// queue answers 503 at once.
    pub api_requests_per_minute: u32,
}

/// The span over which attempts to sign in are counted.
const LOGIN_WINDOW_SECONDS: u32 = 300;

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            issuer: "tollgate".to_owned(),
            audience: "tollgate".to_owned(),
            signing_algorithm: SigningAlgorithm::EdDsa.as_str().to_owned(),
            access_token_seconds: 900,
            refresh_token_seconds: 30 * 86_400,
            session_seconds: 90 * 86_400,
            owner_session_seconds: 12 * 3_600,
            signing_key_days: 90,
            invitation_seconds: 7 * 86_400,
            registration_open: true,
            cookies_secure: true,
            proxies: 0,
            host_secret: None,
            host_jwks: None,
            host_issuer: None,
            host_audience: None,
            host_claim: "sub".to_owned(),
            host_organization_claim: "organization".to_owned(),
            logins_per_address: 30,
            logins_per_account: 10,
            user_requests_per_minute: 600,
            api_requests_per_minute: 0,
        }
    }
}

/// Where the host's JWKS document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JwksPlace {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Address(reqwest::Url),
}

impl AuthConfig {
    /// What a test server runs with.
    pub fn for_testing() -> Self {
        Self {
            issuer: "https://tollgate.test".to_owned(),
            ..Self::default()
        }
    }

    /// What our access tokens say of themselves.
    pub fn token_rules(&self) -> TokenRules {
        TokenRules {
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            access_seconds: i64::from(self.access_token_seconds.max(1)),
        }
    }

    /// How long sessions last.
    pub fn refresh_rules(&self) -> RefreshRules {
        RefreshRules {
            idle_seconds: i64::from(self.refresh_token_seconds.max(1)),
            session_seconds: i64::from(self.session_seconds.max(1)),
            ..RefreshRules::default()
        }
    }

    /// What is demanded of the host's tokens.
    pub fn host_rules(&self) -> HostTokenRules {
        HostTokenRules {
            issuer: self.host_issuer.clone(),
            audiences: self.host_audience.iter().cloned().collect(),
            user_claim: self.host_claim.clone(),
            organisation_claim: Some(self.host_organization_claim.clone())
                .filter(|claim| !claim.is_empty()),
        }
    }

    /// Where the host's JWKS document stands, if there is one.
    pub fn host_jwks_place(&self) -> Option<JwksPlace> {
        let place = self.host_jwks.as_ref()?;
        let is_address = place.starts_with("https://") || place.starts_with("http://");
        match reqwest::Url::parse(place) {
            Ok(address) if is_address => Some(JwksPlace::Address(address)),
            _ => Some(JwksPlace::File(PathBuf::from(place))),
        }
    }

    /// Attempts from one network address.
    pub fn address_rate(&self) -> Rate {
        Rate::new(self.logins_per_address, LOGIN_WINDOW_SECONDS)
    }

    /// Attempts on one account.
    pub fn account_rate(&self) -> Rate {
        Rate::new(self.logins_per_account, LOGIN_WINDOW_SECONDS)
    }

    /// Requests of one user, if they are limited.
    pub fn user_rate(&self) -> Option<Rate> {
        per_minute(self.user_requests_per_minute)
    }

    /// Requests of one API key, if they are limited.
    pub fn api_rate(&self) -> Option<Rate> {
        per_minute(self.api_requests_per_minute)
    }
}

fn per_minute(requests: u32) -> Option<Rate> {
    (requests > 0).then(|| Rate::new(requests, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwks_document_is_a_file_or_an_address() {
        let place = |text: &str| {
            AuthConfig {
                host_jwks: Some(text.to_owned()),
                ..AuthConfig::for_testing()
            }
            .host_jwks_place()
        };
        let file = |path: &str| Some(JwksPlace::File(PathBuf::from(path)));
        assert_eq!(place("keys/jwks.json"), file("keys/jwks.json"));
        assert_eq!(place("/etc/jwks.json"), file("/etc/jwks.json"));
        let address = reqwest::Url::parse("https://id.test/jwks.json").unwrap();
        assert_eq!(
            place("https://id.test/jwks.json"),
            Some(JwksPlace::Address(address))
        );
    }

    #[test]
    fn zero_requests_a_minute_is_no_limit() {
        let config = AuthConfig::for_testing();
        assert_eq!(config.api_rate(), None);
        assert_eq!(config.user_rate(), Some(Rate::new(600, 60)));
    }
}
