//! Serves the USDOT lookup tool: on 127.0.0.1:8000 with its data in `usdot-lookup.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say.

use std::process::ExitCode;
use tollgate_server::config::parse_catalog;
use tollgate_server::start::{self, End, Signals};
use tollgate_server::{demo, embed, telemetry};
use usdot_lookup::CATALOG;
use usdot_lookup::ocr::Ocr;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config("sqlite:usdot-lookup.db")?;
    let catalog = match config.read_catalog()? {
        Some(catalog) => catalog,
        None => parse_catalog("catalogs/usdot.toml", CATALOG)?,
    };
    let _telemetry = telemetry::start(&config.log)?;
    let program = std::env::var_os("TESSERACT").unwrap_or_else(|| "tesseract".into());
    let running_max = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ocr = Ocr::new(program, running_max);
    if let Err(error) = ocr.check().await {
        eprintln!("{error}: pictures will be refused until it is");
    }
    let signals = Signals::take()?;
    let listener = start::listen(&config)?;
    let address = listener.local_addr()?;
    let state = start::open(config, Some(catalog)).await?;
    demo::add_user(&state).await?;
    println!("listening on http://{address}");
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    let app = usdot_lookup::app(&state, ocr);
    Ok(match start::run(listener, app, state, signals).await {
        End::Stopped => ExitCode::SUCCESS,
        End::Failed => ExitCode::FAILURE,
    })
}
