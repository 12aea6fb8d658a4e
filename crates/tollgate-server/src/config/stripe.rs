//! Billing through Stripe.

use super::Secret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tollgate::billing::BillingOptions;
use tollgate_stripe::webhook::{WebhookSecret, WebhookSecretError};
use tollgate_stripe::{ConfigError, SecretKey};

/// Billing through Stripe. Without a secret key there is none, and everything else works.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeConfig {
    /// The account's secret key: `sk_test_…`, `sk_live_…`, or a restricted one.
    pub secret_key: Option<Secret>,
    /// The account's publishable key, for pages.
    pub publishable_key: Option<String>,
    /// The secret of the webhook endpoint, `whsec_…`; two, with a comma, while one is replaced.
    pub webhook_secret: Option<Secret>,
    /// Where Stripe is; another address only for tests.
    pub base_url: Option<String>,
    /// Origins that customers may be sent back to: `https://app.example`.
    pub return_origins: Vec<String>,
    /// For how many days an overdue subscription gives access all the same.
    pub grace_days: u32,
    /// Whether Stripe adds tax.
    pub automatic_tax: bool,
    /// Whether promotion codes can be typed on the payment page.
    pub promotion_codes: bool,
    /// Whether a trial begins only with a payment method.
    pub trial_needs_card: bool,
    /// How often events that never came are looked for, in minutes; 0 for never.
    pub sweep_minutes: u32,
    /// For how many days events stay in the inbox once they are finished with.
    pub events_kept_days: u32,
    /// How long one try of a call to Stripe may take, in seconds.
    pub timeout_seconds: u32,
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self {
            secret_key: None,
            publishable_key: None,
            webhook_secret: None,
            base_url: None,
            return_origins: vec!["http://localhost:3000".to_owned()],
            grace_days: 7,
            automatic_tax: false,
            promotion_codes: true,
            trial_needs_card: true,
            sweep_minutes: 15,
            events_kept_days: 90,
            timeout_seconds: 10,
        }
    }
}

/// Why billing cannot be had with these settings.
#[derive(Debug, thiserror::Error)]
pub enum StripeConfigError {
    /// The key, the address or the version is none.
    #[error(transparent)]
    Client(#[from] ConfigError),
    /// A webhook secret is none.
    #[error("stripe.webhook_secret: {0}")]
    WebhookSecret(#[from] WebhookSecretError),
    /// Events could not be told from forged ones.
    #[error(
        "stripe.webhook_secret is missing: without it nobody could tell Stripe's events from forged ones"
    )]
    NoWebhookSecret,
    /// Real money has no place here.
    #[error(
        "stripe.secret_key is a live key: `dev`, the demo and the example apps are for playing, and take test keys only"
    )]
    LiveKey,
}

impl StripeConfig {
    /// How Stripe is reached; `None` without a key.
    pub fn client(&self) -> Result<Option<tollgate_stripe::Config>, StripeConfigError> {
        let Some(key) = &self.secret_key else {
            return Ok(None);
        };
        let mut config = tollgate_stripe::Config::new(SecretKey::new(key.reveal())?);
        if let Some(base_url) = &self.base_url {
            config.base_url.clone_from(base_url);
        }
        config.timeout = Duration::from_secs(u64::from(self.timeout_seconds.max(1)));
        Ok(Some(config))
    }

    /// Refuses a key that moves real money.
    pub fn refuse_live(&self) -> Result<(), StripeConfigError> {
        match self.client()? {
            Some(config) if config.secret_key.is_live() => Err(StripeConfigError::LiveKey),
            _ => Ok(()),
        }
    }

    /// As the engine takes it.
    pub fn options(&self) -> Result<BillingOptions, StripeConfigError> {
        let secrets = self.webhook_secret.as_ref().map_or("", Secret::reveal);
        let webhook_secrets = secrets
            .split(',')
            .map(str::trim)
            .filter(|_| self.webhook_secret.is_some())
            .map(WebhookSecret::new)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(BillingOptions {
            webhook_secrets,
            return_origins: self.return_origins.clone(),
            grace: days(self.grace_days),
            automatic_tax: self.automatic_tax,
            promotion_codes: self.promotion_codes,
            trial_needs_card: self.trial_needs_card,
            sweep_every: Duration::from_secs(u64::from(self.sweep_minutes) * 60),
            events_kept: days(self.events_kept_days),
        })
    }
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(key: &str, webhook_secret: Option<&str>) -> StripeConfig {
        StripeConfig {
            secret_key: Some(Secret::new(key)),
            webhook_secret: webhook_secret.map(Secret::new),
            ..StripeConfig::default()
        }
    }

    #[test]
    fn an_empty_webhook_secret_is_refused() {
        assert!(config("sk_test_1", Some("")).options().is_err());
        assert!(config("sk_test_1", Some("whsec_1,")).options().is_err());
        let rolled = config("sk_test_1", Some("whsec_1, whsec_2")).options();
        assert_eq!(rolled.unwrap().webhook_secrets.len(), 2);
    }

    #[test]
    fn live_keys_are_told_from_test_keys() {
        assert!(config("sk_test_1", None).refuse_live().is_ok());
        assert!(matches!(
            config("sk_live_1", None).refuse_live(),
            Err(StripeConfigError::LiveKey)
        ));
        assert!(StripeConfig::default().client().unwrap().is_none());
    }
}
