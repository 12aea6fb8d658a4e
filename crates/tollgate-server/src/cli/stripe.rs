//! `tollgate stripe`: set Stripe up, compare it with what is here, repair, look into the inbox.

use super::engine;
use super::{Exit, Globals, print, progress};
use crate::start::open_billing;
use clap::Subcommand;
use serde_json::json;
use std::process::ExitCode;
use tollgate::Tollgate;
use tollgate::billing::{Billing, DriftReport, SetupAction, SetupStep};
use tollgate_store::stripe_event::{EventState, Filter, StripeEvent};

/// Events shown at once.
const EVENTS_SHOWN: u32 = 50;

/// What `stripe` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Compare the catalog's prices with Stripe's; with --yes create what is missing
    Setup {
        /// Create what is missing, and put Stripe's ids into the catalog
        #[arg(long)]
        yes: bool,
    },
    /// Compare every customer with Stripe; exit code 3 when something differs
    Drift,
    /// Apply what Stripe says of every customer who differs
    Repair,
    /// Take events that never came, and work the inbox through
    Sweep,
    /// Show the inbox, the newest first
    Events {
        /// Only those in this state: waiting, done, ignored, parked or quarantined
        #[arg(long, value_name = "STATE")]
        state: Option<EventState>,
    },
    /// Have an event of the inbox tried again, whatever became of it
    Replay {
        /// Stripe's id of it
        event: String,
    },
}

/// Runs one of them, on the database itself: stop the server first where it is SQLite.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let config = globals.settings()?.stripe;
    let client = config.client()?;
    let Some(client) = client else {
        return Err(Exit::Usage.error(
            "there is no Stripe key: set STRIPE_SECRET_KEY, or stripe.secret_key in the settings"
                .to_owned(),
        ));
    };
    let options = config.options()?;
    let tollgate = engine::open(&globals).await?;
    let billing = open_billing(&tollgate, client, options).await?;
    let ended = act(args.act, &globals, &tollgate, &billing).await;
    let closed = engine::close(tollgate).await;
    let code = ended?;
    closed?;
    Ok(code)
}

async fn act(
    act: Act,
    globals: &Globals,
    tollgate: &Tollgate,
    billing: &Billing,
) -> anyhow::Result<ExitCode> {
    match act {
        Act::Setup { yes } => setup(yes, globals, tollgate, billing).await,
        Act::Drift => {
            let report = look(billing).await?;
            show_drift(&report, globals)?;
            Ok(if report.differences.is_empty() {
                ExitCode::SUCCESS
            } else {
                Exit::Difference.into()
            })
        }
        Act::Repair => repair(globals, tollgate, billing).await,
        Act::Sweep => {
            let swept = billing.sweep().await?;
            let finished = billing.work_through().await?;
            if globals.json {
                print::json(&json!({
                    "looked_at": swept.looked_at, "missed": swept.missed, "finished": finished,
                }))?;
            } else {
                print::line(&format!(
                    "{} events looked at, {} had never come, {finished} finished with",
                    swept.looked_at, swept.missed
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Act::Events { state } => {
            let filter = Filter {
                state,
                ..Filter::default()
            };
            show_events(&billing.events(&filter, EVENTS_SHOWN).await?, globals)?;
            Ok(ExitCode::SUCCESS)
        }
        Act::Replay { event } => {
            anyhow::ensure!(
                billing.replay(&event).await?,
                "there is no event {event} in the inbox"
            );
            let detail = json!({});
            engine::audit(
                tollgate,
                "stripe replay",
                "stripe_event.replayed",
                &event,
                detail,
            )
            .await?;
            billing.work_through().await?;
            let found = billing.event(&event).await?;
            show_events(&found.into_iter().collect::<Vec<_>>(), globals)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn setup(
    yes: bool,
    globals: &Globals,
    tollgate: &Tollgate,
    billing: &Billing,
) -> anyhow::Result<ExitCode> {
    let steps = billing.setup(yes).await?;
    if yes {
        let done = serde_json::to_value(&steps)?;
        engine::audit(tollgate, "stripe setup", "stripe.set_up", &"prices", done).await?;
    }
    if globals.json {
        print::json(&steps)?;
    } else {
        let rows: Vec<Vec<String>> = steps.iter().map(|step| setup_row(step, yes)).collect();
        print::table(&["PLAN", "PRICE", "COSTS", "STRIPE", ""], &rows)?;
        let is_open =
            |step: &SetupStep| matches!(step.action, SetupAction::Create | SetupAction::Replace);
        if !yes && steps.iter().any(is_open) {
            print::line("Nothing was changed. With --yes what is missing is created.")?;
        }
    }
    let differs = steps.iter().any(|step| step.action == SetupAction::Differs);
    Ok(if differs {
        Exit::Difference.into()
    } else {
        ExitCode::SUCCESS
    })
}

fn setup_row(step: &SetupStep, done: bool) -> Vec<String> {
    let what = match (step.action, done) {
        (SetupAction::Matches, _) => "matches",
        (SetupAction::Found, _) => "found",
        (SetupAction::Create, false) => "to be created",
        (SetupAction::Create, true) => "created",
        (SetupAction::Replace, false) => "to be replaced",
        (SetupAction::Replace, true) => "replaced",
        (SetupAction::Differs, _) => "differs",
    };
    let id = step.stripe_price.clone().unwrap_or_else(|| "-".to_owned());
    let note = step
        .note
        .as_ref()
        .map_or_else(|| what.to_owned(), |note| format!("{what}: {note}"));
    vec![
        step.plan.to_string(),
        step.price.to_string(),
        step.costs.clone(),
        id,
        note,
    ]
}

async fn repair(
    globals: &Globals,
    tollgate: &Tollgate,
    billing: &Billing,
) -> anyhow::Result<ExitCode> {
    let before = look(billing).await?;
    let left = billing.repair(&before).await?;
    let after = look(billing).await?;
    let detail = json!({
        "differences": before.differences.len(), "left": after.differences.len(),
    });
    engine::audit(
        tollgate,
        "stripe repair",
        "stripe.repaired",
        &"customers",
        detail,
    )
    .await?;
    if globals.json {
        let left: Vec<_> = left
            .iter()
            .map(|(customer, why)| json!({ "customer": customer, "why": why }))
            .collect();
        print::json(&json!({ "before": before, "after": after, "left": left }))?;
    } else {
        show_drift(&before, globals)?;
        for (customer, why) in &left {
            print::line(&format!("{customer} could not be repaired: {why}"))?;
        }
        print::line(&format!(
            "{} of {} differences are repaired",
            before
                .differences
                .len()
                .saturating_sub(after.differences.len()),
            before.differences.len()
        ))?;
    }
    Ok(if after.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        Exit::Difference.into()
    })
}

async fn look(billing: &Billing) -> anyhow::Result<DriftReport> {
    let bar = progress::bar(None, "customers compared");
    let report = billing.drift(|customers| bar.set_position(customers)).await;
    bar.finish_and_clear();
    Ok(report?)
}

fn show_drift(report: &DriftReport, globals: &Globals) -> anyhow::Result<()> {
    if globals.json {
        print::json(report)?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = report
        .differences
        .iter()
        .map(|difference| {
            let customer = difference.customer.as_ref();
            vec![
                customer.map_or_else(|| "-".to_owned(), ToString::to_string),
                difference.what.clone(),
                difference.here.clone(),
                difference.stripe.clone(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        print::table(&["CUSTOMER", "WHAT", "HERE", "STRIPE"], &rows)?;
    }
    print::line(&format!(
        "{} customers compared, {} differences",
        report.customers,
        report.differences.len()
    ))?;
    if report.is_partial {
        print::line("Stripe has more subscriptions than were looked through.")?;
    }
    Ok(())
}

fn show_events(events: &[StripeEvent], globals: &Globals) -> anyhow::Result<()> {
    if globals.json {
        let shown: Vec<_> = events
            .iter()
            .map(|event| {
                json!({
                    "id": event.id, "type": event.kind, "object": event.object,
                    "customer": event.customer, "state": event.state.as_str(),
                    "attempts": event.attempts, "note": event.note,
                    "received_at": event.received_at,
                })
            })
            .collect();
        print::json(&shown)?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let customer = event.customer.as_ref();
            vec![
                event.received_at.to_string(),
                event.id.clone(),
                event.kind.clone(),
                event.state.as_str().to_owned(),
                customer.map_or_else(|| "-".to_owned(), ToString::to_string),
                event.note.clone(),
            ]
        })
        .collect();
    print::table(
        &["RECEIVED", "EVENT", "KIND", "STATE", "CUSTOMER", "NOTE"],
        &rows,
    )?;
    Ok(())
}
