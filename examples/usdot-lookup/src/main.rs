//! Serves the USDOT lookup tool: on 127.0.0.1:8000 with its data in `usdot-lookup.db`, or where
//! `TOLLGATE_LISTEN`, `TOLLGATE_DATABASE` and the other settings of the server say. Without a Stripe
//! key it has an imitation of Stripe, and its own database begins anew with it.

use std::process::ExitCode;
use tollgate_server::demo::{self, App, Own};
use tollgate_server::{embed, telemetry};
use usdot_lookup::CATALOG;
use usdot_lookup::ocr::Ocr;

const OWN: Own<'static> = Own {
    database: "sqlite:usdot-lookup.db",
    catalog_name: "catalogs/usdot.toml",
    catalog: CATALOG,
};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config = embed::config(OWN.database)?;
    let _telemetry = telemetry::start(&config.log)?;
    let program = std::env::var_os("TESSERACT").unwrap_or_else(|| "tesseract".into());
    let running_max = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ocr = Ocr::new(program, running_max);
    if let Err(error) = ocr.check().await {
        eprintln!("{error}: pictures will be refused until it is");
    }
    let app = App::open(config, OWN, |state| usdot_lookup::app(state, ocr)).await?;
    println!("listening on http://{}", app.address);
    println!("user: {} / {}", demo::EMAIL, demo::PASSWORD);
    println!("Stripe: {}", app.about_stripe());
    Ok(app.run().await)
}
