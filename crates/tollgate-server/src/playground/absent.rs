//! The playground of a build without the feature `sandbox`: no imitation of Stripe, no time machine.

use crate::config::Config;
use crate::state::AppState;
use axum::Router;
use std::net::SocketAddr;
use tollgate::billing::BillingError;
use tollgate::{Catalog, Clock};

/// What a server to play with has besides: nothing.
#[derive(Clone, Debug)]
pub struct Playground {
    clock: Clock,
}

#[expect(
    clippy::unused_async,
    reason = "callers are the same with and without the feature"
)]
impl Playground {
    /// Leaves the settings as they are.
    pub async fn begin(_: &mut Config, _: SocketAddr) -> std::io::Result<Self> {
        let clock = Clock::system();
        Ok(Self { clock })
    }

    /// The machine's clock.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// There is no imitation.
    pub fn stripe(&self) -> Option<SocketAddr> {
        None
    }

    /// Leaves the catalog as it is.
    pub fn adapt(&self, _: &mut Catalog) {}

    /// Leaves the routes as they are.
    pub async fn furnish(&self, _: &AppState, router: Router) -> Result<Router, BillingError> {
        Ok(router)
    }
}
