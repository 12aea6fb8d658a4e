//! The HTTP client for requests that the server itself makes.

use std::time::Duration;

/// How long a connection may take to be made.
const CONNECT_SECONDS_MAX: u64 = 3;
/// How long a whole request may take, unless the caller sets less.
const REQUEST_SECONDS_MAX: u64 = 10;

/// Makes this project's TLS provider the one of the process.
pub fn install_tls() {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client builder with the TLS provider of this project, time limits, and no redirects: where a
/// request goes is what was configured, and nothing else.
pub fn client_builder() -> reqwest::ClientBuilder {
    install_tls();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
        .timeout(Duration::from_secs(REQUEST_SECONDS_MAX))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
}
