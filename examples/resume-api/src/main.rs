//! Serves the résumé service: on 127.0.0.1:8000 with its data in `resume-api.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say.

use resume_api::CATALOG;
use resume_api::model::{Model, ModelConfig};
use std::process::ExitCode;
use tollgate_server::demo::{self, App};
use tollgate_server::{embed, outbound, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config("sqlite:resume-api.db")?;
    let model = ModelConfig::read(|name| std::env::var(name).ok())?;
    let model = Model::new(model, outbound::client_builder().build()?);
    let _telemetry = telemetry::start(&config.log)?;
    let catalog = ("catalogs/resume.toml", CATALOG);
    let app = App::open(config, catalog, |state| resume_api::app(state, model)).await?;
    println!("listening on http://{}", app.address);
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    Ok(app.run().await)
}
