//! A Tollgate to play with, its own Stripe included: a local imitation in which no money moves,
//! and a clock for both that can be moved.
//!
//! Only `dev`, `tour`, the demo and the example apps begin one; `serve` never does. Nothing outside
//! this folder names the imitation.

pub mod clock;
mod time_machine;
pub mod tour;

pub use time_machine::{Stop, TimeMachine};

use crate::config::{Config, Secret, StripeConfig};
use crate::state::AppState;
use axum::Router;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
pub use stripe_sandbox::Sandbox;
use stripe_sandbox::{SignatureTime, WebhookTarget};
use tokio::net::TcpListener;
use tollgate::billing::{BillingError, SetupAction};
use tollgate::{Catalog, Clock, Timestamp};

/// The imitation's pages are for clicking: it is where people look for it, if it can be.
const PORT: u16 = 8420;
/// How many ports from there on are tried before any free one is taken.
const PORTS_MAX: u16 = 10;

/// For how long tokens last where time can be moved: a hundred years.
const TOKEN_SECONDS: u32 = 3_155_760_000;

/// A key that the imitation takes: any test key will do.
const SECRET_KEY: &str = "sk_test_playground";
const PUBLISHABLE_KEY: &str = "pk_test_playground";
/// What the imitation signs its events with.
const WEBHOOK_SECRET: &str = "whsec_playground";

/// What a server to play with has besides: its own Stripe and a clock that can be moved, unless
/// its settings name a Stripe account.
#[derive(Clone, Debug)]
pub struct Playground {
    clock: Clock,
    stripe: Option<Stripe>,
}

impl Playground {
    /// Begins an imitation for the server at `server`, and settles it into its settings. Settings
    /// with a key stay as they are.
    pub async fn begin(config: &mut Config, server: SocketAddr) -> std::io::Result<Self> {
        let clock = Clock::system();
        if config.stripe.secret_key.is_some() {
            return Ok(Self {
                clock,
                stripe: None,
            });
        }
        let server = reachable(server);
        let stripe = begin_where_free(server).await?;
        Ok(Self::with(config, server, clock, stripe))
    }

    /// The same at a time of its own, at which both clocks stand until they are moved.
    pub async fn begin_at(
        config: &mut Config,
        server: SocketAddr,
        at: Timestamp,
    ) -> std::io::Result<Self> {
        let options = StripeOptions {
            frozen_at: Some(at.as_seconds()),
            ..StripeOptions::default()
        };
        let server = reachable(server);
        let stripe = Stripe::begin(server, options).await?;
        Ok(Self::with(config, server, Clock::fixed(at), stripe))
    }

    fn with(config: &mut Config, server: SocketAddr, clock: Clock, stripe: Stripe) -> Self {
        stripe.settle_into(config, server);
        // It sends every event until it is taken: there is nothing to sweep up.
        config.stripe.sweep_minutes = 0;
        // Years pass here, and nobody wants to sign in again.
        config.auth.access_token_seconds = TOKEN_SECONDS;
        config.auth.refresh_token_seconds = TOKEN_SECONDS;
        config.auth.session_seconds = TOKEN_SECONDS;
        config.auth.owner_session_seconds = TOKEN_SECONDS;
        config.auth.signing_key_days = 0;
        Self {
            clock,
            stripe: Some(stripe),
        }
    }

    /// The clock that the server goes by.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Where the imitation is, if there is one.
    pub fn stripe(&self) -> Option<SocketAddr> {
        self.stripe.as_ref().map(|stripe| stripe.address)
    }

    /// A catalog for this Stripe: the imitation begins empty, and knows none of the prices that
    /// the environment names.
    pub fn adapt(&self, catalog: &mut Catalog) {
        if self.stripe.is_none() {
            return;
        }
        for plan in catalog.plans.values_mut() {
            for price in Arc::make_mut(plan).prices.values_mut() {
                price.stripe_price = None;
            }
        }
    }

    /// Makes the imitation's prices what the catalog says, and adds the time machine to the routes.
    pub async fn furnish(&self, state: &AppState, router: Router) -> Result<Router, FurnishError> {
        let (Some(stripe), Some(billing)) = (&self.stripe, &state.billing) else {
            return Ok(router);
        };
        let steps = billing.setup(true).await?;
        if steps.iter().any(|step| step.action == SetupAction::Differs) {
            return Err(FurnishError::AnotherStripe);
        }
        let machine = TimeMachine {
            clock: self.clock(),
            sandbox: stripe.sandbox.clone(),
            billing: billing.clone(),
        };
        Ok(router.merge(clock::router(state.clone(), machine)))
    }
}

/// Why a playground cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FurnishError {
    /// The imitation has other prices than the database.
    #[error(
        "this database knows the prices of another Stripe, perhaps of an imitation that is gone: \
         name an empty one, or the test key of that account"
    )]
    AnotherStripe,
    /// The imitation did not take the prices.
    #[error("the imitation of Stripe could not be set up: {0}")]
    Billing(#[from] BillingError),
}

/// Begins an imitation on the first free port from [`PORT`] on, or else on whichever is free.
async fn begin_where_free(server: SocketAddr) -> std::io::Result<Stripe> {
    for port in PORT..PORT + PORTS_MAX {
        let options = StripeOptions {
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            ..StripeOptions::default()
        };
        match Stripe::begin(server, options).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            begun => return begun,
        }
    }
    Stripe::begin(server, StripeOptions::default()).await
}

/// Where a server that listens at `address` is reached from this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    address
}

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
            return_origins: [format!("http://{server}")]
                .into_iter()
                .chain(config.stripe.return_origins.clone())
                .collect(),
            ..config.stripe.clone()
        };
    }
}
