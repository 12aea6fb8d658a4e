//! `tollgate init`: writes a settings file and a catalog to begin with.

use super::{CONFIG_FILE, Globals, print};
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const SETTINGS: &str = include_str!("init.toml");
const RESUME: &str = include_str!("../../../../catalogs/resume.toml");
const USDOT: &str = include_str!("../../../../catalogs/usdot.toml");

/// What `init` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder to write into
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Catalog to begin with
    #[arg(long, value_enum, default_value_t = Example::Resume)]
    example: Example,
}

/// The catalogs to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Example {
    /// Four features, each with its own limit a calendar month
    Resume,
    /// One meter that all features share, carry-over and top-ups
    Usdot,
}

impl Example {
    fn text(self) -> &'static str {
        match self {
            Self::Resume => RESUME,
            Self::Usdot => USDOT,
        }
    }
}

/// Writes both files, or neither when one of them is there.
pub(super) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let settings = args.folder.join(CONFIG_FILE);
    let catalog = args.folder.join("plans.toml");
    for path in [&settings, &catalog] {
        if path.exists() {
            bail!("{} is there already; nothing was written", path.display());
        }
    }
    std::fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot make {}", args.folder.display()))?;
    write(&settings, SETTINGS)?;
    write(&catalog, args.example.text())?;
    if globals.json {
        print::json(&json!({ "settings": settings, "catalog": catalog }))?;
    } else {
        print::line(&format!(
            "wrote {} and {}",
            settings.display(),
            catalog.display()
        ))?;
        print::line("next: tollgate keys create --scopes admin, then tollgate serve")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}
