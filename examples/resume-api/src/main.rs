//! Serves the résumé service: on 127.0.0.1:8000 with its data in `resume-api.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say.

use resume_api::CATALOG;
use resume_api::model::{Model, ModelConfig};
use std::process::ExitCode;
use tollgate_server::config::parse_catalog;
use tollgate_server::start::{self, End, Signals};
use tollgate_server::{demo, embed, outbound, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config("sqlite:resume-api.db")?;
    let model = ModelConfig::read(|name| std::env::var(name).ok())?;
    let model = Model::new(model, outbound::client_builder().build()?);
    let catalog = match config.read_catalog()? {
        Some(catalog) => catalog,
        None => parse_catalog("catalogs/resume.toml", CATALOG)?,
    };
    let _telemetry = telemetry::start(&config.log)?;
    let signals = Signals::take()?;
    let listener = start::listen(&config)?;
    let address = listener.local_addr()?;
    let state = start::open(config, Some(catalog)).await?;
    demo::add_user(&state).await?;
    println!("listening on http://{address}");
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    let app = resume_api::app(&state, model);
    Ok(match start::run(listener, app, state, signals).await {
        End::Stopped => ExitCode::SUCCESS,
        End::Failed => ExitCode::FAILURE,
    })
}
