//! The `stripe-sandbox` command: a local imitation of Stripe for tests. It is not Stripe.

use anyhow::{Context as _, ensure};
use clap::Parser;
use std::net::SocketAddr;
use stripe_sandbox::{Config, Dunning, DunningEnd, Sandbox, WebhookTarget};

/// A local imitation of Stripe's API for tests. It is NOT Stripe: no money moves.
#[derive(Debug, Parser)]
#[command(name = "stripe-sandbox", version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:12111")]
    listen: SocketAddr,
    /// Where to send events.
    #[arg(long, requires = "webhook_secret")]
    webhook: Option<String>,
    /// The secret that signs them.
    #[arg(
        long,
        requires = "webhook",
        env = "STRIPE_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    webhook_secret: Option<String>,
    /// The seed of identifiers, for runs that can be repeated.
    #[arg(long)]
    seed: Option<u64>,
    /// Let the clock stand still at this time (seconds since the epoch); it moves on request only.
    #[arg(long)]
    frozen_at: Option<i64>,
    /// What becomes of a subscription after the last failed attempt at its payment.
    #[arg(long, value_enum, default_value_t)]
    dunning_end: DunningEnd,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let mut config = Config {
        seed: arguments.seed,
        frozen_at: arguments.frozen_at,
        dunning: Dunning {
            end: arguments.dunning_end,
            ..Dunning::default()
        },
        ..Config::default()
    };
    if let Some(url) = arguments.webhook {
        let secret = arguments.webhook_secret.unwrap_or_default();
        ensure!(!secret.is_empty(), "--webhook needs --webhook-secret");
        config.webhooks.push(WebhookTarget::new(url, secret));
    }
    let listener = tokio::net::TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}", arguments.listen))?;
    println!(
        "NOT Stripe: a sandbox for tests listens on http://{}",
        listener.local_addr()?
    );
    let sandbox = Sandbox::new(config);
    tokio::select! {
        served = sandbox.serve(listener) => served?,
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(())
}
