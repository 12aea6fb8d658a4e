//! Serves the résumé service: on 127.0.0.1:8000 with its data in `resume-api.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say. Without a Stripe
//! key it has an imitation of Stripe, and its own database begins anew with it.

use resume_api::CATALOG;
use resume_api::model::{Model, ModelConfig};
use std::process::ExitCode;
use tollgate_server::demo::{self, App, Own};
use tollgate_server::{embed, outbound, telemetry};

const OWN: Own<'static> = Own {
    database: "sqlite:resume-api.db",
    catalog_name: "catalogs/resume.toml",
    catalog: CATALOG,
};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config(OWN.database)?;
    let model = ModelConfig::read(|name| std::env::var(name).ok())?;
    let model = Model::new(model, outbound::client_builder().build()?);
    let _telemetry = telemetry::start(&config.log)?;
    let app = App::open(config, OWN, |state| resume_api::app(state, model)).await?;
    println!("listening on http://{}", app.address);
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    println!("Stripe: {}", app.about_stripe());
    Ok(app.run().await)
}
