//! How billing runs.

use std::time::Duration;
use tollgate_stripe::webhook::WebhookSecret;

/// How billing runs.
#[derive(Clone, Debug)]
pub struct BillingOptions {
    /// The secrets that Stripe signs its events with: several while one is replaced.
    pub webhook_secrets: Vec<WebhookSecret>,
    /// Origins (`https://app.example`) that customers may be sent back to.
    pub return_origins: Vec<String>,
    /// How long an overdue subscription gives access all the same.
    pub grace: Duration,
    /// Whether Stripe adds tax.
    pub automatic_tax: bool,
    /// Whether promotion codes can be typed on the payment page.
    pub promotion_codes: bool,
    /// Whether a trial begins only with a payment method.
    pub trial_needs_card: bool,
    /// How often events that were missed are looked for; zero for never.
    pub sweep_every: Duration,
    /// How long events that are finished with stay in the inbox.
    pub events_kept: Duration,
}

impl Default for BillingOptions {
    fn default() -> Self {
        Self {
            webhook_secrets: Vec::new(),
            return_origins: Vec::new(),
            grace: Duration::from_hours(7 * 24),
            automatic_tax: false,
            promotion_codes: true,
            trial_needs_card: true,
            sweep_every: Duration::from_mins(15),
            events_kept: Duration::from_hours(90 * 24),
        }
    }
}

/// A customer cannot be sent there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnUrlError {
    /// It is no address, or one of another kind.
    #[error("{0} must be an http:// or https:// address without user and password")]
    Malformed(&'static str),
    /// Its origin is not in the list.
    #[error("{name} leads to {origin}, which is none of the allowed origins")]
    Origin {
        /// Which of the addresses.
        name: &'static str,
        /// Where it leads.
        origin: String,
    },
}

impl BillingOptions {
    /// Checks an address that a customer will be sent back to.
    pub fn check_return_url(&self, name: &'static str, url: &str) -> Result<(), ReturnUrlError> {
        let origin = origin_of(url).ok_or(ReturnUrlError::Malformed(name))?;
        if self
            .return_origins
            .iter()
            .any(|allowed| origin_of(allowed).as_deref() == Some(&origin))
        {
            return Ok(());
        }
        Err(ReturnUrlError::Origin { name, origin })
    }

    pub(super) fn grace_seconds(&self) -> i64 {
        i64::try_from(self.grace.as_secs()).unwrap_or(i64::MAX / 2)
    }
}

/// Scheme, host and port of an address, in lower case; `None` for what browsers may read as
/// another address than it looks like.
fn origin_of(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    if url
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return None;
    }
    let uri: http::Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let standard = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let port = authority.port_u16().unwrap_or(standard);
    let host = authority.host().to_ascii_lowercase();
    Some(format!("{scheme}://{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> BillingOptions {
        BillingOptions {
            return_origins: vec![
                "https://app.example".to_owned(),
                "http://localhost:3000/".to_owned(),
            ],
            ..BillingOptions::default()
        }
    }

    #[test]
    fn allowed_origins_with_any_path() {
        for url in [
            "https://app.example/billing?done=1#top",
            "HTTPS://APP.example:443/",
            "http://localhost:3000/dashboard?success=true",
        ] {
            assert_eq!(
                options().check_return_url("success_url", url),
                Ok(()),
                "{url}"
            );
        }
    }

    #[test]
    fn evil_success_urls_are_refused() {
        for url in [
            "https://evil.example/",
            "https://app.example.evil.example/",
            "https://app.example@evil.example/",
            "https://evil.example\\@app.example/",
            "http://app.example/",
            "https://app.example:8443/",
            "javascript:alert(1)",
            "//app.example/",
            "/billing",
            "https://app.example\t.evil.example/",
            "",
        ] {
            assert!(
                options().check_return_url("success_url", url).is_err(),
                "{url}"
            );
        }
    }
}
