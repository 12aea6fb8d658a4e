//! What every handler shares.

use crate::config::Config;
use crate::identity::Identity;
use crate::metrics::Metrics;
use crate::pages::admin::Jobs;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tollgate::Tollgate;
use tollgate::billing::Billing;

/// The shared parts of a server. Clones share them.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

/// What [`AppState`] gives access to.
#[derive(Debug)]
pub struct Shared {
    /// The quota engine.
    pub tollgate: Tollgate,
    /// The settings.
    pub config: Arc<Config>,
    /// Users, organisations and keys.
    pub identity: Identity,
    /// Billing through Stripe, where it is set up.
    pub billing: Option<Billing>,
    /// The counters.
    pub metrics: Metrics,
    /// Long work that the owner has begun.
    pub jobs: Jobs,
    stopping: AtomicBool,
}

impl AppState {
    /// Puts the parts together.
    pub fn new(
        tollgate: Tollgate,
        config: Arc<Config>,
        identity: Identity,
        billing: Option<Billing>,
    ) -> Self {
        let metrics = Metrics::new(tollgate.clone(), billing.clone());
        Self(Arc::new(Shared {
            tollgate,
            config,
            identity,
            billing,
            metrics,
            jobs: Jobs::default(),
            stopping: AtomicBool::new(false),
        }))
    }
}

impl Shared {
    /// From now on the server is not ready, and every answer asks to close its connection.
    pub fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
