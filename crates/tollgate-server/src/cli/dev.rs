//! `tollgate dev`: a server to play with, which needs nothing and asks for nothing.

use super::serve::{announce, exit};
use super::{Globals, print};
use crate::config::{Config, ConfigError, Layers, parse_catalog};
use crate::demo::{self, EMAIL, FOLDER, PASSWORD};
use crate::identity::Actor;
use crate::playground::Playground;
use crate::start::{self, Signals};
use crate::state::AppState;
use crate::{router, telemetry};
use serde_json::json;
use std::net::SocketAddr;
use std::process::ExitCode;
use tollgate_core::Catalog;
use tollgate_core::id::{CustomerId, PlanId};
use tollgate_core::request::{ChangeTime, Subscribe};

const DATABASE: &str = "sqlite:.tollgate/dev.db";
const KEY: &str = "dev.key";

const CATALOG: &str = include_str!("../../../../catalogs/resume.toml");

/// Customers to begin with: each on the next plan, from the cheapest.
const CUSTOMERS: [&str; 3] = ["demo_anna", "demo_ben", "demo_chloe"];

/// What `dev` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Forget what was there before, and begin anew
    #[arg(long)]
    fresh: bool,
}

/// Runs a server to play with.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let layers = layers(&args, &globals)?;
    let mut config = layers.config().clone();
    config.stripe.refuse_live()?;
    // Plain HTTP on a laptop.
    config.auth.cookies_secure = false;
    let mut catalog = read_catalog(&config)?;
    let _telemetry = telemetry::start(&config.log)?;
    let signals = Signals::take()?;
    let listener = start::listen(&config)?;
    let address = listener.local_addr()?;
    let playground = Playground::begin(&mut config, address).await?;
    playground.adapt(&mut catalog);
    let is_own = config.database == DATABASE;
    // What an imitation was paid is forgotten with its end: here nothing must know of it either.
    if args.fresh || (playground.stripe().is_some() && is_own) {
        demo::remove_database(DATABASE)?;
    }
    let folder = demo::folder()?;
    let state = start::open_at(config, Some(catalog), playground.clock()).await?;
    furnish(&state).await?;
    let key = demo::api_key(&state, &folder.join(KEY)).await?;
    let router = playground.furnish(&state, router::router(state.clone()));
    let router = router.await?;
    announce(address)?;
    let owner_link = state.identity.owner_link(&Actor::Command("dev")).await?;
    let told = Told {
        state: &state,
        owner_link: &owner_link,
        address,
        key: &key,
        stripe: playground.stripe(),
        is_own,
    };
    if globals.json {
        print::json(&told.json())?;
    } else {
        print::line(&told.welcome())?;
    }
    let end = start::run(listener, router, state, signals).await;
    Ok(exit(end))
}

/// The settings: what suits a laptop, and over it what the environment and the flags say. The
/// settings file is that of a real server, and left alone unless it is named.
fn layers(args: &Args, globals: &Globals) -> Result<Layers, ConfigError> {
    let mut layers = Layers::default();
    layers.add_flag("database", "dev", DATABASE)?;
    layers.add_flag("log.format", "dev", "text")?;
    layers.add_flag("log.filter", "dev", "warn")?;
    if let Some(path) = &globals.config {
        layers.add_file(path)?;
    }
    globals.add_environment(&mut layers)?;
    if let Some(listen) = &args.listen {
        layers.add_flag("listen", "--listen", listen)?;
    }
    Ok(layers)
}

fn read_catalog(config: &Config) -> Result<Catalog, ConfigError> {
    match config.read_catalog()? {
        Some(catalog) => Ok(catalog),
        None => parse_catalog("catalogs/resume.toml", CATALOG),
    }
}

/// Adds the demo user and customers; those that are there stay as they are.
async fn furnish(state: &AppState) -> anyhow::Result<()> {
    demo::add_user(state).await?;
    let catalog = state.tollgate.catalog();
    let plans: Vec<PlanId> = catalog
        .plans_by_price()
        .iter()
        .map(|plan| plan.id.clone())
        .collect();
    for (name, plan) in CUSTOMERS.iter().zip(plans) {
        let customer = CustomerId::new(name)?;
        if state.tollgate.open_customer(&customer, None).await? {
            let request = Subscribe {
                plan,
                price: None,
                when: ChangeTime::Now,
            };
            state.tollgate.subscribe(&customer, request, None).await?;
        }
    }
    Ok(())
}

/// What is told of a server to play with.
struct Told<'a> {
    state: &'a AppState,
    /// The path into the owner's pages.
    owner_link: &'a str,
    address: SocketAddr,
    key: &'a str,
    /// Where the imitation of Stripe is.
    stripe: Option<SocketAddr>,
    /// Whether the database is `dev`'s own.
    is_own: bool,
}

impl Told<'_> {
    fn json(&self) -> serde_json::Value {
        json!({
            "url": format!("http://{}", self.address),
            "user": { "username": EMAIL, "password": PASSWORD },
            "api_key": self.key,
            "billing_page": format!("http://{}/billing/", self.address),
            "owner_link": format!("http://{}{}", self.address, self.owner_link),
            "stripe_imitation": self.stripe.map(|stripe| format!("http://{stripe}")),
        })
    }

    fn welcome(&self) -> String {
        let (address, key) = (self.address, self.key);
        let catalog = self.state.tollgate.catalog();
        let feature = catalog.features.keys().next();
        let feature = feature.map_or("ats_scan", |feature| feature.as_str());
        let [anna, ..] = CUSTOMERS;
        let stripe = demo::about_stripe(self.state, self.stripe);
        format!(
            r#"
A Tollgate to play with: "{name}". {data}

  user     {EMAIL} / {PASSWORD}
  API key  {key}
  billing  http://{address}/billing/, as that user
  owner    http://{address}{link}
           (works once, for half an hour; `tollgate admin-link` makes another)
  docs     http://{address}/docs
  Stripe   {stripe}

As a user of the app:

  curl -X POST "http://{address}/auth/login" \
    -H "Content-Type: application/x-www-form-urlencoded" \
    -d "username={EMAIL}&password={PASSWORD}"
  curl "http://{address}/me/usage" -H "Authorization: Bearer ACCESS_TOKEN"

As the app's back end:

  curl -X POST "http://{address}/v1/customers/{anna}/consume" \
    -H "Authorization: Bearer {key}" \
    -H "Content-Type: application/json" \
    -d '{{"feature": "{feature}"}}'
  curl "http://{address}/v1/customers/{anna}/why?feature={feature}" -H "Authorization: Bearer {key}"
{billing}"#,
            name = catalog.name,
            link = self.owner_link,
            data = self.about_data(),
            billing = self.billing(),
        )
    }

    fn about_data(&self) -> String {
        match (self.is_own, self.stripe) {
            (true, Some(_)) => {
                format!("Its data, in {FOLDER}/, begin anew each time, as its Stripe does.")
            }
            (true, None) => {
                format!("It keeps its data in {FOLDER}/; begin anew with --fresh.")
            }
            (false, Some(_)) => {
                "The database is yours and stays; its Stripe is gone with this server.".to_owned()
            }
            (false, None) => "The database is yours and stays.".to_owned(),
        }
    }

    /// What to try with Stripe.
    fn billing(&self) -> String {
        if self.state.billing.is_none() {
            return String::new();
        }
        let address = self.address;
        let catalog = self.state.tollgate.catalog();
        let plans = catalog.plans_by_price();
        let mut for_sale = plans.iter().filter(|plan| plan.is_priced());
        let plan = for_sale.next().map_or("pro", |plan| plan.id.as_str());
        let origins = &self.state.config.stripe.return_origins;
        let origin = origins
            .first()
            .map_or("http://localhost:3000", String::as_str);
        let page = format!(
            r#"
To buy a plan, ask for the page to pay it, as that user:

  curl -X POST "http://{address}/billing/create-checkout-session" \
    -H "Authorization: Bearer ACCESS_TOKEN" -H "Content-Type: application/json" \
    -d '{{"plan": "{plan}", "success_url": "{origin}/docs", "cancel_url": "{origin}/docs"}}'
"#
        );
        let next = if self.stripe.is_some() {
            format!(
                r#"
Open its checkout_url in a browser and pay with the card 4242 4242 4242 4242, any date to come and
any CVC. Then let a month pass, for this server and its Stripe together:

  curl -X POST "http://{address}/dev/clock" -H "Content-Type: application/json" \
    -d '{{"advance": "31d"}}'

`tollgate tour` plays all of it by itself.
"#
            )
        } else {
            format!(
                r"
Its prices are made in your account with this server stopped, once:

  tollgate stripe setup --yes --database {database}

Have Stripe's events sent here: stripe listen --forward-to {address}/billing/webhook
",
                database = tollgate_store::without_password(&self.state.config.database),
            )
        };
        page + &next
    }
}
