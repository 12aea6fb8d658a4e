//! Both example apps in one process, each a whole Tollgate with a database, users and plans of its
//! own: the résumé service on 127.0.0.1:8000, the lookup tool on 127.0.0.1:8001, and the lookup
//! tool once more without a plan to begin with on 127.0.0.1:8002; or on the addresses that are
//! given. Each has an imitation of Stripe of its own, unless the environment has a test key; their
//! data, in `.tollgate/`, begin anew with it.

use anyhow::Context as _;
use resume_api::model::{Model, ModelConfig};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tollgate_server::config::Config;
use tollgate_server::demo::{self, App, Own};
use tollgate_server::identity::Actor;
use tollgate_server::{AppState, embed, outbound, telemetry};
use usdot_lookup::ocr::Ocr;

const ADDRESSES: [&str; 3] = ["127.0.0.1:8000", "127.0.0.1:8001", "127.0.0.1:8002"];
const INVITED: &str = include_str!("../../../catalogs/usdot-invited.toml");

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let [resume, lookup, invited] = addresses()?;
    let folder = demo::folder()?;
    let resume = config(&folder.join("resume.db"), resume)?;
    let lookup = config(&folder.join("usdot.db"), lookup)?;
    let invited = config(&folder.join("usdot-invited.db"), invited)?;
    let _telemetry = telemetry::start(&resume.log)?;

    let model = ModelConfig::read(|name| std::env::var(name).ok())?;
    let model = Model::new(model, outbound::client_builder().build()?);
    let program = std::env::var_os("TESSERACT").unwrap_or_else(|| "tesseract".into());
    let running_max = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let ocr = Ocr::new(program, running_max);

    let catalog = ("catalogs/resume.toml", resume_api::CATALOG);
    let resume = open(resume, catalog, |state| resume_api::app(state, model)).await?;
    let catalog = ("catalogs/usdot.toml", usdot_lookup::CATALOG);
    let app = |state: &AppState| usdot_lookup::app(state, ocr.clone());
    let lookup = open(lookup, catalog, app).await?;
    let invited = open(invited, ("catalogs/usdot-invited.toml", INVITED), app).await?;

    let key = demo::api_key(&resume.state, &folder.join("resume.key")).await?;
    let identity = &lookup.state.identity;
    let owner_link = identity.owner_link(&Actor::Command("demo")).await?;
    welcome([&resume, &lookup, &invited], &key, &owner_link);
    if let Err(error) = ocr.check().await {
        eprintln!("{error}: pictures will be refused until it is");
    }
    let ended = tokio::join!(resume.run(), lookup.run(), invited.run());
    let (resume, lookup, invited) = ended;
    let all = [resume, lookup, invited];
    Ok(if all.contains(&ExitCode::FAILURE) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The addresses of the apps, from the command line or as they come.
fn addresses() -> anyhow::Result<[SocketAddr; 3]> {
    let mut given = std::env::args().skip(1);
    let mut next = |usual: &str| {
        let text = given.next().unwrap_or_else(|| usual.to_owned());
        text.parse()
            .with_context(|| format!("{text} is not an address like {usual}"))
    };
    let [resume, lookup, invited] = ADDRESSES;
    let addresses = [next(resume)?, next(lookup)?, next(invited)?];
    anyhow::ensure!(
        given.next().is_none(),
        "give up to three addresses: the résumé service's and the two lookup tools'"
    );
    Ok(addresses)
}

/// Opens an app with a catalog, given by name and text.
async fn open(
    config: Config,
    (catalog_name, catalog): (&str, &str),
    router: impl FnOnce(&AppState) -> axum::Router,
) -> anyhow::Result<App> {
    let database = config.database.clone();
    let own = Own {
        database: &database,
        catalog_name,
        catalog,
    };
    App::open(config, own, router).await
}

/// The settings of an app, which has a database, an address and a catalog of its own whatever the
/// environment says.
fn config(database: &Path, listen: SocketAddr) -> anyhow::Result<Config> {
    let database = format!("sqlite:{}", database.display());
    let mut config = embed::config(&database)?;
    config.database = database;
    config.listen = listen;
    config.catalog = None;
    Ok(config)
}

fn welcome(apps: [&App; 3], key: &str, owner_link: &str) {
    let (email, password) = (demo::EMAIL, demo::PASSWORD);
    let [resume, lookup, invited] = apps.map(|app| app.address);
    let [resume_stripe, lookup_stripe, invited_stripe] = apps.map(App::about_stripe);
    println!(
        r#"
Two apps on one engine. Their databases stand in .tollgate/, and begin anew each time where Stripe
is imitated; Ctrl-C stops them.

  http://{resume}  a résumé service: a limit for each feature and month
    Stripe: {resume_stripe}
  http://{lookup}  a lookup tool: one pooled quota, what is left is carried over
    Stripe: {lookup_stripe}
  http://{invited}  the lookup tool again, for users who begin without a plan
    Stripe: {invited_stripe}

  user     {email} / {password}, in each
  API key  {key}, of the résumé service
  docs     http://{resume}/docs
  billing  http://{lookup}/billing/, what customers see
  owner    http://{lookup}{owner_link}, works once

Sign in, see what there is, use it up:

  curl -X POST "http://{resume}/auth/login" \
    -H "Content-Type: application/x-www-form-urlencoded" \
    -d "username={email}&password={password}"

  curl "http://{resume}/me/usage" -H "Authorization: Bearer ACCESS_TOKEN"

  curl -X POST "http://{resume}/ats/score" \
    -H "Authorization: Bearer ACCESS_TOKEN" -H "Content-Type: application/json" \
    -d '{{"resume_text": "Test", "jd_text": "Test"}}'

Buy a plan: open the checkout_url, pay with 4242 4242 4242 4242, and let a month pass:

  curl -X POST "http://{resume}/billing/create-checkout-session" \
    -H "Authorization: Bearer ACCESS_TOKEN" -H "Content-Type: application/json" \
    -d '{{"plan": "pro", "success_url": "http://{resume}/docs", "cancel_url": "http://{resume}/docs"}}'

  curl -X POST "http://{resume}/dev/clock" -H "Content-Type: application/json" \
    -d '{{"advance": "31d"}}'

The same for another app's back end:

  curl -X POST "http://{resume}/v1/customers" \
    -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \
    -d '{{"id": "anna", "plan": "pro"}}'

  curl -X POST "http://{resume}/v1/customers/anna/consume" \
    -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \
    -d '{{"feature": "ats_scan"}}'
"#
    );
}
