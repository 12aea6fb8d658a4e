//! `tollgate config show`: the settings as they stand, and where each was set.

use super::{Globals, print};
use clap::Subcommand;
use serde_json::{Map, Value, json};
use std::process::ExitCode;

/// What `config` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show every setting; secrets are hidden
    Show {
        /// And where each was set
        #[arg(long)]
        origin: bool,
    },
}

/// Shows the settings.
pub(super) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let Verb::Show { origin } = args.verb;
    let shown = globals.layers()?.shown();
    if globals.json {
        let settings = shown.into_iter().map(|(key, value, from)| {
            let value = if origin {
                json!({ "value": value, "origin": from.to_string() })
            } else {
                Value::from(value)
            };
            (key, value)
        });
        print::json(&settings.collect::<Map<_, _>>())?;
    } else if origin {
        let rows = shown.into_iter();
        let rows = rows.map(|(key, value, from)| vec![key, value, from.to_string()]);
        print::table(&["SETTING", "VALUE", "ORIGIN"], &rows.collect::<Vec<_>>())?;
    } else {
        for (key, value, _) in shown {
            print::line(&format!("{key} = {value}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
