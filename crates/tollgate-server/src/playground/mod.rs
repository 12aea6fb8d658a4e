//! A Tollgate to play with, its own Stripe included: a local imitation in which no money moves,
//! and a clock for both that can be moved.
//!
//! Only `dev`, `tour` and the demo begin one; `serve` never does. Nothing outside this folder
//! names the imitation.

mod time_machine;

pub use time_machine::{Stop, TimeMachine};

use crate::config::{Config, Secret, StripeConfig};
use std::net::SocketAddr;
use std::time::Duration;
pub use stripe_sandbox::Sandbox;
use stripe_sandbox::{SignatureTime, WebhookTarget};
use tokio::net::TcpListener;

/// A key that the imitation takes: any test key will do.
const SECRET_KEY: &str = "sk_test_playground";
const PUBLISHABLE_KEY: &str = "pk_test_playground";
/// What the imitation signs its events with.
const WEBHOOK_SECRET: &str = "whsec_playground";

/// Stripe, as far as the playground goes.
#[derive(Clone, Debug)]
pub struct Stripe {
    /// The imitation.
    pub sandbox: Sandbox,
    /// Where it is.
    pub address: SocketAddr,
}

/// Whether its clock runs or stands still until it is moved, and how it behaves.
#[derive(Clone, Debug, Default)]
pub struct StripeOptions {
    /// A second at which it stands still; without it the clock runs.
    pub frozen_at: Option<i64>,
    /// A seed, for ids that are the same each time.
    pub seed: Option<u64>,
    /// The address to listen on; a free port of this machine's loopback when left out.
    pub listen: Option<SocketAddr>,
}

impl Stripe {
    /// Begins an imitation that sends its events to the Tollgate at `server`.
    pub async fn begin(server: SocketAddr, options: StripeOptions) -> std::io::Result<Self> {
        let listen = options
            .listen
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let target = WebhookTarget::new(format!("http://{server}/billing/webhook"), WEBHOOK_SECRET);
        let sandbox = Sandbox::new(stripe_sandbox::Config {
            webhooks: vec![target],
            signature_time: SignatureTime::Sandbox,
            frozen_at: options.frozen_at,
            seed: options.seed,
            // Whoever plays does not want to wait.
            redelivery_pauses: [50, 100, 200, 400, 800, 1_600]
                .map(Duration::from_millis)
                .to_vec(),
            ..stripe_sandbox::Config::default()
        });
        sandbox.set_base_url_if_none(&format!("http://{address}"));
        let serving = sandbox.clone();
        tokio::spawn(async move { serving.serve(listener).await });
        Ok(Self { sandbox, address })
    }

    /// The settings of a server that pays there.
    pub fn settle_into(&self, config: &mut Config, server: SocketAddr) {
        config.stripe = StripeConfig {
            secret_key: Some(Secret::new(SECRET_KEY)),
            publishable_key: Some(PUBLISHABLE_KEY.to_owned()),
            webhook_secret: Some(Secret::new(WEBHOOK_SECRET)),
            base_url: Some(format!("http://{}", self.address)),
            return_origins: vec![
                format!("http://{server}"),
                "http://localhost:3000".to_owned(),
            ],
            ..config.stripe.clone()
        };
    }
}
