//! `tollgate customer`: begins customers, shows them, and puts them on plans.

use super::reader::{CustomersCursor, Reader};
use super::remote::{Question, Remote};
use super::{Exit, Globals, engine, print, show};
use crate::api::problem::Instant;
use crate::api::v1::customers::CustomerBody;
use crate::api::v1::grants::GrantBody;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::json;
use std::process::ExitCode;
use tollgate::Tollgate;
use tollgate_core::id::{CustomerId, IdempotencyKey, MeterId, PlanId, PriceId};
use tollgate_core::period::TimeZone;
use tollgate_core::request::{ChangeTime, Subscribe};
use tollgate_core::{Account, Timestamp};

/// What `customer` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    remote: Remote,
}

impl Verb {
    /// The same for a server.
    fn question(&self) -> Question {
        match self {
            Verb::Create {
                customer,
                time_zone,
                plan,
            } => {
                let zone = time_zone.as_ref().map(TimeZone::name);
                let body = json!({ "id": customer, "time_zone": zone, "plan": plan });
                Question::post(&["customers"], body)
            }
            Verb::List { limit, after } => Question::get(&["customers"])
                .with("limit", Some(limit))
                .with("starting_after", after.as_ref()),
            Verb::Show { customer } => Question::get(&["customers", customer.as_str()]),
            Verb::Subscribe(args) => args.question(),
            Verb::Cancel { customer, now } => {
                let path = ["customers", customer.as_str(), "subscription", "cancel"];
                Question::post(&path, json!({ "at_period_end": !now }))
            }
        }
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Begin a customer, on the default plan or another; one that exists stays as it is
    Create {
        /// The app's own id
        customer: CustomerId,
        /// Whose calendar counts, such as Europe/Berlin [default: the catalog's]
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<TimeZone>,
        /// Plan to put a new customer on
        #[arg(long)]
        plan: Option<PlanId>,
    },
    /// List customers
    List {
        /// How many at the most
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Only those listed after this one
        #[arg(long, value_name = "CUSTOMER")]
        after: Option<CustomerId>,
    },
    /// Show a customer with subscription, grants and reservations
    Show {
        /// Who
        customer: CustomerId,
    },
    /// Put a customer on a plan, without payment
    Subscribe(SubscribeArgs),
    /// End a subscription at the end of its period
    Cancel {
        /// Who
        customer: CustomerId,
        /// End it now
        #[arg(long)]
        now: bool,
    },
}

#[derive(Debug, clap::Args)]
struct SubscribeArgs {
    /// Who
    customer: CustomerId,
    /// The plan
    plan: PlanId,
    /// The price [default: the plan's only or monthly one]
    #[arg(long)]
    price: Option<PriceId>,
    /// When it takes effect
    #[arg(long, value_enum, default_value_t = When::Auto)]
    when: When,
    /// Only show what it would do
    #[arg(long)]
    preview: bool,
    /// Makes a repeated command harmless
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<IdempotencyKey>,
}

impl SubscribeArgs {
    fn question(&self) -> Question {
        let mut body = json!({ "plan": self.plan, "price": self.price, "when": self.when });
        let mut path = vec!["customers", self.customer.as_str(), "subscription"];
        if self.preview {
            path.push("preview");
        } else {
            body["idempotency_key"] = json!(self.idempotency_key);
        }
        Question::post(&path, body)
    }
}

/// When a change of plan takes effect.
#[derive(Clone, Copy, Debug, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
enum When {
    /// An upgrade at once, a downgrade at the period's end
    Auto,
    /// At once
    Now,
    /// At the end of the billing period
    PeriodEnd,
}

impl From<When> for ChangeTime {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Now => Self::Now,
            When::PeriodEnd => Self::PeriodEnd,
        }
    }
}

/// Begins, lists, shows or changes customers.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let question = || args.verb.question();
    if let Some(code) = args.remote.ask(&globals, question).await? {
        return Ok(code);
    }
    match args.verb {
        Verb::Create {
            customer,
            time_zone,
            plan,
        } => create(&globals, &customer, time_zone, plan).await?,
        Verb::List { limit, after } => list(&globals, limit, after).await?,
        Verb::Show { customer } => show(&globals, &customer).await?,
        Verb::Subscribe(args) => subscribe(&globals, args).await?,
        Verb::Cancel { customer, now } => cancel(&globals, &customer, !now).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(
    globals: &Globals,
    customer: &CustomerId,
    time_zone: Option<TimeZone>,
    plan: Option<PlanId>,
) -> anyhow::Result<()> {
    let tollgate = engine::open(globals).await?;
    if let Some(plan) = plan
        .as_ref()
        .filter(|plan| !tollgate.catalog().plans.contains_key(*plan))
    {
        return Err(Exit::Usage.error(format!(
            "the catalog has no plan {plan}; `plans list` shows them"
        )));
    }
    let created = tollgate.open_customer(customer, time_zone).await?;
    if let Some(plan) = plan.filter(|_| created) {
        let request = Subscribe {
            plan,
            price: None,
            when: ChangeTime::Now,
        };
        engine::granted(tollgate.subscribe(customer, request, None).await?, globals)?;
    }
    let account = account(&tollgate, customer).await?;
    engine::close(tollgate).await?;
    if globals.json {
        let body = CustomerBody::new(&account, customer.to_string());
        print::json(&json!({ "created": created, "customer": body }))?;
    } else {
        let what = if created { "created" } else { "exists already" };
        print::line(&format!("{customer} {what}; plan {}", show::plan(&account)))?;
    }
    Ok(())
}

async fn list(globals: &Globals, limit: usize, after: Option<CustomerId>) -> anyhow::Result<()> {
    let mut reader = Reader::open(globals).await?;
    let mut cursor = CustomersCursor::after(after);
    let mut accounts: Vec<Account> = Vec::new();
    while accounts.len() <= limit {
        let page = reader.next_accounts(&mut cursor).await?;
        if page.is_empty() {
            break;
        }
        accounts.extend(page.into_iter().map(|stored| stored.account));
    }
    let has_more = accounts.len() > limit;
    accounts.truncate(limit);
    if let Some(catalog) = reader.catalog_if_any() {
        for account in &mut accounts {
            account.advance(catalog, reader.now);
        }
    }
    if globals.json {
        let data = accounts.iter();
        let data = data.map(|account| CustomerBody::new(account, account.customer().to_string()));
        let data: Vec<_> = data.collect();
        print::json(&json!({ "data": data, "has_more": has_more }))?;
        return Ok(());
    }
    let rows = accounts.iter().map(|account| {
        let held = account.subscription();
        vec![
            account.customer().to_string(),
            held.map_or("-".to_owned(), |held| held.plan.to_string()),
            held.map_or("-".to_owned(), |held| held.status.as_str().to_owned()),
            account.time_zone().name().to_owned(),
        ]
    });
    print::table(
        &["CUSTOMER", "PLAN", "STATUS", "TIME ZONE"],
        &rows.collect::<Vec<_>>(),
    )?;
    if let Some(last) = accounts.last().filter(|_| has_more) {
        eprintln!("There are more: go on with --after {}", last.customer());
    }
    Ok(())
}

async fn show(globals: &Globals, customer: &CustomerId) -> anyhow::Result<()> {
    let mut reader = Reader::open(globals).await?;
    let account = reader.account(customer).await?.account;
    if globals.json {
        let grants = account.grants().iter();
        let grants = grants.map(|grant| GrantBody::new(grant, customer, reader.now));
        let reservations = account.holds().iter().map(|hold| {
            json!({
                "id": hold.id(customer),
                "expires_at": Instant(hold.expires_at),
                "member": hold.member,
                "uses": hold.uses,
            })
        });
        let mut body = serde_json::to_value(CustomerBody::new(&account, customer.to_string()))?;
        body["grants"] = serde_json::to_value(grants.collect::<Vec<_>>())?;
        body["reservations"] = reservations.collect();
        print::json(&body)?;
        return Ok(());
    }
    print::pairs(&[
        vec!["customer".to_owned(), customer.to_string()],
        vec!["plan".to_owned(), show::plan(&account)],
        vec![
            "time zone".to_owned(),
            account.time_zone().name().to_owned(),
        ],
        vec!["entries".to_owned(), account.version().to_string()],
    ])?;
    if !account.grants().is_empty() {
        print::line("")?;
        print_grants(&account, None, reader.now)?;
    }
    if !account.holds().is_empty() {
        print::line("")?;
        let rows = account.holds().iter().map(|hold| {
            let uses = hold
                .uses
                .iter()
                .map(|one| format!("{} × {}", one.amount, one.feature));
            vec![
                hold.id(customer).to_string(),
                uses.collect::<Vec<_>>().join(", "),
                show::instant(hold.expires_at),
            ]
        });
        print::table(
            &["RESERVATION", "HOLDS", "UNTIL"],
            &rows.collect::<Vec<_>>(),
        )?;
    }
    Ok(())
}

/// The open grants of one meter or of all, in the order in which they give.
pub(super) fn print_grants(
    account: &Account,
    meter: Option<&MeterId>,
    now: Timestamp,
) -> std::io::Result<()> {
    let grants = account.grants().iter();
    let grants = grants.filter(|grant| meter.is_none_or(|meter| meter == grant.meter()));
    let rows = grants.map(|grant| {
        let parts = grant.parts();
        let when = if parts.starts_at > now {
            format!("from {}", show::instant(parts.starts_at))
        } else {
            show::instant(parts.expires_at)
        };
        vec![
            grant.id(account.customer()).to_string(),
            parts.meter.to_string(),
            parts.source.as_str().to_owned(),
            parts.amount.to_string(),
            parts.used.to_string(),
            parts.held.to_string(),
            grant.remaining().to_string(),
            when,
            parts.reference.clone(),
        ]
    });
    let head = [
        "GRANT", "METER", "SOURCE", "AMOUNT", "USED", "HELD", "LEFT", "EXPIRES", "FOR",
    ];
    print::table(&head, &rows.collect::<Vec<_>>())
}

async fn subscribe(globals: &Globals, args: SubscribeArgs) -> anyhow::Result<()> {
    let SubscribeArgs { customer, .. } = &args;
    let request = Subscribe {
        plan: args.plan.clone(),
        price: args.price.clone(),
        when: args.when.into(),
    };
    if args.preview {
        return preview(globals, customer, &request).await;
    }
    let tollgate = engine::open(globals).await?;
    let key = args.idempotency_key.clone();
    let effective_at = engine::granted(
        tollgate.subscribe(customer, request.clone(), key).await?,
        globals,
    )?;
    let detail = json!({ "plan": request.plan, "price": request.price });
    engine::audit(
        &tollgate,
        "customer subscribe",
        "customer.subscribed",
        customer,
        detail,
    )
    .await?;
    changed(globals, tollgate, customer, effective_at).await
}

async fn preview(
    globals: &Globals,
    customer: &CustomerId,
    request: &Subscribe,
) -> anyhow::Result<()> {
    let mut reader = Reader::open(globals).await?;
    let account = reader.account(customer).await?.account;
    let decision = account.preview(reader.catalog()?, request, reader.now);
    let preview = engine::granted(decision, globals)?;
    if globals.json {
        print::json(&json!({
            "from": preview.from,
            "to": preview.to,
            "direction": preview.direction,
            "effective_at": Instant(preview.effective_at),
            "before": super::usage::meters(preview.before),
            "after": super::usage::meters(preview.after),
        }))?;
        return Ok(());
    }
    print::line(&format!(
        "{} → {} would take effect {}",
        preview
            .from
            .map_or("no plan".to_owned(), |plan| plan.to_string()),
        preview.to,
        show::instant(preview.effective_at),
    ))?;
    let rows = preview.after.iter().map(|after| {
        let before = preview
            .before
            .iter()
            .find(|before| before.meter == after.meter);
        vec![
            after.meter.to_string(),
            before.map_or("-".to_owned(), |before| show::units(before.limit)),
            before.map_or("-".to_owned(), |before| show::units(before.remaining)),
            show::units(after.limit),
            show::units(after.remaining),
        ]
    });
    let head = ["METER", "LIMIT", "LEFT", "LIMIT THEN", "LEFT THEN"];
    print::table(&head, &rows.collect::<Vec<_>>())?;
    print::line("nothing was changed")?;
    Ok(())
}

async fn cancel(
    globals: &Globals,
    customer: &CustomerId,
    at_period_end: bool,
) -> anyhow::Result<()> {
    let tollgate = engine::open(globals).await?;
    let ends_at = engine::granted(tollgate.cancel(customer, at_period_end).await?, globals)?;
    let detail = json!({ "at_period_end": at_period_end });
    engine::audit(
        &tollgate,
        "customer cancel",
        "customer.canceled",
        customer,
        detail,
    )
    .await?;
    changed(globals, tollgate, customer, ends_at).await
}

/// Shows what a change of the subscription came to.
async fn changed(
    globals: &Globals,
    tollgate: Tollgate,
    customer: &CustomerId,
    effective_at: Timestamp,
) -> anyhow::Result<()> {
    let account = account(&tollgate, customer).await?;
    engine::close(tollgate).await?;
    if globals.json {
        let body = CustomerBody::new(&account, customer.to_string());
        print::json(&json!({ "effective_at": Instant(effective_at), "customer": body }))?;
    } else {
        print::line(&format!("{customer}: plan {}", show::plan(&account)))?;
    }
    Ok(())
}

async fn account(tollgate: &Tollgate, customer: &CustomerId) -> anyhow::Result<Account> {
    let account = tollgate.account(customer).await?;
    account.ok_or_else(|| super::unknown_customer(customer))
}
