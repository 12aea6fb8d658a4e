//! `tollgate plans`: checks, compares and applies catalogs, and shows what is sold.

use super::reader::Reader;
use super::{Exit, Globals, engine, print};
use crate::api::v1::plans::PlanBody;
use crate::config::ConfigError;
use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tollgate_core::Catalog;
use tollgate_core::catalog::{Change, Problem};
use tollgate_core::id::PlanId;
use tollgate_core::plan::Plan;
use tollgate_store::{StoreError, sqlite_path};

/// What `plans` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check a catalog file; every problem with its line
    Check {
        /// Catalog file [default: the one of the settings]
        file: Option<PathBuf>,
    },
    /// Show what a catalog file would change in the database, and for whom
    Diff {
        /// Catalog file [default: the one of the settings]
        file: Option<PathBuf>,
        /// End with code 3 when it would change something
        #[arg(long)]
        exit_code: bool,
    },
    /// Show what a catalog file would change, and with --yes make it so
    Apply {
        /// Catalog file [default: the one of the settings]
        file: Option<PathBuf>,
        /// Apply it; without, nothing is changed
        #[arg(long)]
        yes: bool,
    },
    /// List the plans that stand in the database
    List,
    /// Show one plan of the database
    Show {
        /// Its id
        plan: PlanId,
    },
}

/// Checks, compares, applies or shows plans.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Check { file } => check(&globals, &file_of(&globals, file)?),
        Verb::Diff { file, exit_code } => {
            let file = file_of(&globals, file)?;
            diff(&globals, &file, exit_code).await
        }
        Verb::Apply { file, yes } => apply(&globals, &file_of(&globals, file)?, yes).await,
        Verb::List => list(&globals).await,
        Verb::Show { plan } => show(&globals, &plan).await,
    }
}

fn file_of(globals: &Globals, file: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    match file {
        Some(file) => Ok(file),
        None => globals
            .settings()?
            .catalog
            .ok_or(ConfigError::NoCatalogFile),
    }
}

fn check(globals: &Globals, file: &Path) -> anyhow::Result<ExitCode> {
    let (catalog, problems) = match parse(file)? {
        Ok((catalog, warnings)) => (Some(catalog), warnings),
        Err(problems) => (None, problems),
    };
    if globals.json {
        print::json(&json!({ "valid": catalog.is_some(), "problems": problems }))?;
    } else {
        for problem in &problems {
            print::line(&problem.to_string())?;
        }
        if let Some(catalog) = &catalog {
            print::line(&format!(
                "{} is valid: {} features, {} meters, {} plans, {} top-ups",
                file.display(),
                catalog.features.len(),
                catalog.meters.len(),
                catalog.plans.len(),
                catalog.topups.len(),
            ))?;
        } else {
            eprintln!("tollgate: {} cannot be used", file.display());
        }
    }
    Ok(match catalog {
        Some(_) => ExitCode::SUCCESS,
        None => Exit::Usage.into(),
    })
}

/// A catalog with its warnings, or what is wrong with it.
type Parsed = Result<(Catalog, Vec<Problem>), Vec<Problem>>;

fn parse(file: &Path) -> Result<Parsed, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Read {
        path: file.to_owned(),
        source,
    })?;
    let name = file.display().to_string();
    let variable = |name: &str| std::env::var(name).ok();
    Ok(Catalog::parse_with_warnings(&name, &text, &variable))
}

async fn diff(globals: &Globals, file: &Path, exit_code: bool) -> anyhow::Result<ExitCode> {
    let new = crate::config::read_catalog(file)?;
    let changes = changes(current(globals).await?.as_ref(), &new);
    if globals.json {
        print::json(&json!({ "changes": changes }))?;
    } else {
        print_changes(&changes)?;
    }
    Ok(if exit_code && !changes.is_empty() {
        Exit::Difference.into()
    } else {
        ExitCode::SUCCESS
    })
}

/// The catalog that stands in the database, which may not be there yet.
async fn current(globals: &Globals) -> anyhow::Result<Option<Catalog>> {
    let config = globals.settings()?;
    if sqlite_path(&config.database).is_some_and(|path| !path.exists()) {
        return Ok(None);
    }
    match Reader::open(globals).await {
        Ok(reader) => Ok(reader.catalog_if_any().cloned()),
        Err(error) => match error.downcast_ref::<StoreError>() {
            Some(StoreError::SchemaOlder { found: 0, .. }) => Ok(None),
            _ => Err(error),
        },
    }
}

fn changes(current: Option<&Catalog>, new: &Catalog) -> Vec<Change> {
    match current {
        Some(current) => current.diff(new),
        None => Catalog {
            version: 0,
            name: new.name.clone(),
            default_plan: None,
            currency: new.currency,
            time_zone: new.time_zone.clone(),
            features: BTreeMap::new(),
            meters: BTreeMap::new(),
            plans: BTreeMap::new(),
            archived: BTreeMap::new(),
            topups: BTreeMap::new(),
        }
        .diff(new),
    }
}

fn print_changes(changes: &[Change]) -> std::io::Result<()> {
    for change in changes {
        print::line(&change.to_string())?;
    }
    if changes.is_empty() {
        print::line("no changes")?;
    }
    Ok(())
}

async fn apply(globals: &Globals, file: &Path, yes: bool) -> anyhow::Result<ExitCode> {
    let new = crate::config::read_catalog(file)?;
    if !yes {
        let changes = changes(current(globals).await?.as_ref(), &new);
        if globals.json {
            print::json(&json!({ "applied": false, "changes": changes }))?;
        } else {
            print_changes(&changes)?;
            if !changes.is_empty() {
                print::line("nothing was changed; apply it with --yes")?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let with_file = Globals {
        catalog: Some(file.to_owned()),
        ..globals.clone()
    };
    let before = {
        let store = engine::open_store(globals).await?;
        let mut connection = store.read().await?;
        let before = tollgate_store::catalog::current(&mut connection).await?;
        drop(connection);
        store.close().await;
        before
    };
    let changes = changes(before.as_ref(), &new);
    let tollgate = engine::open(&with_file).await?;
    tollgate.apply_catalog(new).await?;
    let version = tollgate.catalog().version;
    if !changes.is_empty() {
        let detail = json!({ "changes": changes.len() });
        engine::audit(
            &tollgate,
            "plans apply",
            "catalog.applied",
            &version,
            detail,
        )
        .await?;
    }
    engine::close(tollgate).await?;
    if globals.json {
        print::json(&json!({ "applied": true, "version": version, "changes": changes }))?;
    } else {
        print_changes(&changes)?;
        print::line(&format!("catalog version {version} is in use"))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(globals: &Globals) -> anyhow::Result<ExitCode> {
    let reader = Reader::open(globals).await?;
    let plans = reader.catalog()?.plans_by_price();
    if globals.json {
        let data: Vec<PlanBody> = plans.iter().map(|plan| plan.as_ref().into()).collect();
        print::json(&json!({ "data": data, "has_more": false }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = plans
        .iter()
        .map(|plan| {
            vec![
                plan.id.to_string(),
                plan.version.to_string(),
                plan.name.clone(),
                if plan.is_active { "yes" } else { "no" }.to_owned(),
                joined(plan.prices.values().map(ToString::to_string), "free"),
            ]
        })
        .collect();
    print::table(&["PLAN", "VERSION", "NAME", "ON SALE", "PRICES"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn show(globals: &Globals, plan: &PlanId) -> anyhow::Result<ExitCode> {
    let reader = Reader::open(globals).await?;
    let catalog = reader.catalog()?;
    let found = catalog.plans.get(plan);
    let plan = found
        .with_context(|| format!("the catalog has no plan {plan}; `plans list` shows them"))?;
    if globals.json {
        print::json(&PlanBody::from(plan.as_ref()))?;
    } else {
        print_plan(plan)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_plan(plan: &Plan) -> std::io::Result<()> {
    let mut rows = vec![
        vec![
            "plan".to_owned(),
            format!("{} ({}), version {}", plan.id, plan.name, plan.version),
        ],
        vec![
            "on sale".to_owned(),
            if plan.is_active { "yes" } else { "no" }.to_owned(),
        ],
    ];
    if plan.trial_days > 0 {
        rows.push(vec![
            "trial".to_owned(),
            format!("{} days", plan.trial_days),
        ]);
    }
    for (id, price) in &plan.prices {
        rows.push(vec![format!("price {id}"), price.to_string()]);
    }
    for (meter, entitlement) in &plan.entitlements {
        rows.push(vec![format!("meter {meter}"), entitlement.to_string()]);
    }
    for (feature, on) in &plan.switches {
        rows.push(vec![
            format!("feature {feature}"),
            if *on { "on" } else { "off" }.to_owned(),
        ]);
    }
    for cap in &plan.caps {
        rows.push(vec![
            format!("cap on {}", cap.meter),
            format!(
                "{} {} for {}",
                cap.units,
                cap.reset,
                super::show::scope(cap.scope)
            ),
        ]);
    }
    print::pairs(&rows)
}

fn joined(parts: impl Iterator<Item = String>, none: &str) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        none.to_owned()
    } else {
        parts.join(", ")
    }
}
