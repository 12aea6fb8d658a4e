//! `tollgate serve`: runs the server.

use super::{Exit, Globals, print};
use crate::start::{self, End, Signals};
use crate::{router, telemetry};
use std::net::SocketAddr;
use std::process::ExitCode;

/// What `serve` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

/// Runs the server.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let mut layers = globals.layers()?;
    if let Some(listen) = &args.listen {
        layers.add_flag("listen", "--listen", listen)?;
    }
    let config = layers.config().clone();
    let catalog = config.read_catalog()?;
    let _telemetry = telemetry::start(&config.log)?;
    let signals = Signals::take()?;
    let listener = start::listen(&config)?;
    let state = start::open(config, catalog).await?;
    let address = listener.local_addr()?;
    announce(address)?;
    if let Some(link) = state.identity.first_owner_link().await? {
        print::line(&format!(
            "the owner's pages, once, within 30 minutes: http://{address}{link}"
        ))?;
    }
    let end = start::run(listener, router::router(state.clone()), state, signals).await;
    Ok(exit(end))
}

/// Says where the server listens: the line that scripts wait for.
pub(super) fn announce(address: SocketAddr) -> std::io::Result<()> {
    print::line(&format!("listening on http://{address}"))
}

/// The exit code of a server that ended.
pub(super) fn exit(end: End) -> ExitCode {
    match end {
        End::Stopped => ExitCode::SUCCESS,
        End::Failed => Exit::Failed.into(),
    }
}
