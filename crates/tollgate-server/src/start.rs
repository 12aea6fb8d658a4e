//! Starting and stopping a server: everything is opened in an order in which a failure has
//! changed nothing, and closed in the opposite one.

use crate::config::Config;
use crate::config::stripe::StripeConfigError;
use crate::entropy;
use crate::identity::{Identity, OpenIdentityError};
use crate::serve;
use crate::state::AppState;
use axum::Router;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tollgate::billing::{Billing, BillingOptions};
use tollgate::{Catalog, Clock, OpenError, Tollgate};
use tollgate_store::{Store, StoreError};

/// How often old sessions and keys are looked for.
const MAINTENANCE: Duration = Duration::from_hours(1);

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine cannot start.
    #[error(transparent)]
    Engine(OpenError),
    /// Users and keys cannot be had.
    #[error(transparent)]
    Identity(OpenIdentityError),
    /// Billing cannot be had with these settings.
    #[error(transparent)]
    Stripe(#[from] StripeConfigError),
    /// The system gives no signals.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => Self::Store(error),
            other => Self::Engine(other),
        }
    }
}

impl From<OpenIdentityError> for StartError {
    fn from(error: OpenIdentityError) -> Self {
        match error {
            OpenIdentityError::Store(error) => Self::Store(error),
            other => Self::Identity(other),
        }
    }
}

/// Listens where the settings say.
pub fn listen(config: &Config) -> Result<TcpListener, StartError> {
    serve::listen(config.listen).map_err(|source| StartError::Listen {
        address: config.listen,
        source,
    })
}

/// Opens the database, the engine and the identities. `catalog` was read before: a broken one
/// leaves the database as it is.
pub async fn open(config: Config, catalog: Option<Catalog>) -> Result<AppState, StartError> {
    open_at(config, catalog, Clock::system()).await
}

/// The same, by another clock.
pub async fn open_at(
    config: Config,
    catalog: Option<Catalog>,
    clock: Clock,
) -> Result<AppState, StartError> {
    // Settings that cannot be used leave the database as it is, too.
    let stripe = config.stripe.client()?;
    let billing = config.stripe.options()?;
    if stripe.is_some() && billing.webhook_secrets.is_empty() {
        return Err(StripeConfigError::NoWebhookSecret.into());
    }
    let store = Store::open(&config.database, &config.store.options()).await?;
    let options = config.engine.options(clock.clone());
    let tollgate = Tollgate::open(store.clone(), catalog, options).await?;
    let identity = Identity::new(store, &config.auth, clock).await?;
    let billing = match stripe {
        Some(stripe) => Some(open_billing(&tollgate, stripe, billing).await?),
        None => None,
    };
    Ok(AppState::new(tollgate, Arc::new(config), identity, billing))
}

/// Billing over an engine that is open.
pub async fn open_billing(
    tollgate: &Tollgate,
    stripe: tollgate_stripe::Config,
    options: BillingOptions,
) -> Result<Billing, StartError> {
    let jitter = || u64::from_le_bytes(entropy::bytes());
    let client = tollgate_stripe::Client::new(stripe, jitter).map_err(StripeConfigError::from)?;
    Ok(Billing::new(tollgate.clone(), client, options, entropy::number).await?)
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to stop, and everything that it accepted is answered and written.
    Stopped,
    /// The record could not be written: what is durable is only known at the next start.
    Failed,
}

/// Serves until SIGTERM or SIGINT, or until the record cannot be written, and then stops in order:
/// not ready, no new connections, every request answered, everything written.
pub async fn run(
    listener: TcpListener,
    router: Router,
    state: AppState,
    mut signals: Signals,
) -> End {
    let maintenance = tokio::spawn(maintain(state.clone()));
    let billing = state.billing.clone();
    let billing = billing.map(|billing| tokio::spawn(async move { billing.run().await }));
    let end = tokio::sync::OnceCell::new();
    let stop = async {
        tokio::select! {
            () = signals.next() => drop(end.set(End::Stopped)),
            () = state.tollgate.failed() => drop(end.set(End::Failed)),
        }
    };
    serve::serve(listener, router, state.clone(), stop).await;
    maintenance.abort();
    if let Some(billing) = billing {
        // What it was at is tried again: every effect is whole, or not there.
        billing.abort();
        let _ = billing.await;
    }
    let closed = tokio::select! {
        closed = close(&state) => closed,
        // Whoever asks a second time does not want to wait.
        () = signals.next() => false,
    };
    let end = end.get().copied().unwrap_or(End::Stopped);
    if closed { end } else { End::Failed }
}

/// Answers what waits in the engine, writes what is behind, and closes the database.
pub async fn close(state: &AppState) -> bool {
    let stopped = state.tollgate.shutdown().await;
    if let Err(error) = &stopped {
        tracing::error!(%error, "the engine did not stop in order");
    }
    state.tollgate.store().clone().close().await;
    stopped.is_ok()
}

async fn maintain(state: AppState) {
    loop {
        tokio::time::sleep(MAINTENANCE).await;
        if let Err(error) = state.identity.maintain().await {
            tracing::warn!(%error, "old sessions and keys could not be looked after");
        }
    }
}

/// The signals that ask the server to stop.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they no longer end the process by themselves: take them before anything is
    /// opened that has to be closed in order.
    pub fn take() -> Result<Self, StartError> {
        let take = |kind| signal(kind).map_err(StartError::Signals);
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
