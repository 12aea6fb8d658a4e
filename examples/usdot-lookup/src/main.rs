//! Serves the USDOT lookup tool: on 127.0.0.1:8000 with its data in `usdot-lookup.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say.

use std::process::ExitCode;
use tollgate_server::demo::{self, App};
use tollgate_server::{embed, telemetry};
use usdot_lookup::CATALOG;
use usdot_lookup::ocr::Ocr;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config("sqlite:usdot-lookup.db")?;
    let _telemetry = telemetry::start(&config.log)?;
    let program = std::env::var_os("TESSERACT").unwrap_or_else(|| "tesseract".into());
    let running_max = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ocr = Ocr::new(program, running_max);
    if let Err(error) = ocr.check().await {
        eprintln!("{error}: pictures will be refused until it is");
    }
    let catalog = ("catalogs/usdot.toml", CATALOG);
    let app = App::open(config, catalog, |state| usdot_lookup::app(state, ocr)).await?;
    println!("listening on http://{}", app.address);
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    Ok(app.run().await)
}
