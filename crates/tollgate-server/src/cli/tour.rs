//! `tollgate tour`: a customer's whole life in one command, over a database that is gone afterwards.

use super::{Exit, Globals, print};
use crate::config::Config;
use crate::entropy;
use crate::playground::tour::{self, Story};
use std::path::PathBuf;
use std::process::ExitCode;
use tollgate_store::{Store, catalog};

/// What `tour` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Plays the life that belongs to the catalog: `usdot` (also `lookup`) or `resume`.
pub(super) async fn run(_: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let story = story(&globals)?;
    let folder = TemporaryFolder::new();
    let mut config = Config::default();
    config.auth.cookies_secure = false;
    config.database = match &globals.database {
        Some(database) => database.clone(),
        None => format!("sqlite:{}", folder.make()?.join("tour.db").display()),
    };
    if globals.database.is_some() {
        expect_empty(&config).await?;
    }
    if !globals.json {
        print::line(&greeting(story, globals.database.as_deref()))?;
    }
    let played = tour::play(story, config, |step| {
        if globals.json {
            print::json(step)
        } else {
            print::line(&step.to_string())
        }
    });
    tokio::select! {
        played = played => played?,
        // The folder goes with this function, and would stay if the process just ended.
        _ = tokio::signal::ctrl_c() => anyhow::bail!("the tour was interrupted"),
    }
    if !globals.json {
        print::line("Every figure was what it should be.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn story(globals: &Globals) -> anyhow::Result<Story> {
    let Some(name) = &globals.catalog else {
        return Ok(Story::Lookup);
    };
    match name.to_str() {
        Some("usdot" | "lookup") => Ok(Story::Lookup),
        Some("resume") => Ok(Story::Resume),
        _ => {
            let name = name.display();
            let text = format!("the tour knows the catalogs usdot and resume, and not {name}");
            Err(Exit::Usage.error(text))
        }
    }
}

/// A database that somebody uses is no place to play.
async fn expect_empty(config: &Config) -> anyhow::Result<()> {
    let store = Store::open(&config.database, &config.store.options()).await?;
    let version = {
        let mut connection = store.read().await?;
        catalog::current_version(&mut connection).await?
    };
    store.close().await;
    match version {
        None => Ok(()),
        Some(_) => Err(Exit::Usage
            .error("the tour begins with an empty database, and this one has a catalog already")),
    }
}

fn greeting(story: Story, database: Option<&str>) -> String {
    let place = database.map_or_else(
        || "a temporary file".to_owned(),
        tollgate_store::without_password,
    );
    format!(
        "A customer's whole life in {}, over HTTP on this machine.\n\
         Stripe is imitated, and no money moves; the data are in {place}.\n",
        story.about()
    )
}

/// A folder that is gone with this value, once it was made.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Self {
        let name = format!("tollgate-tour-{:032x}", entropy::number());
        Self(std::env::temp_dir().join(name))
    }

    fn make(&self) -> std::io::Result<&PathBuf> {
        std::fs::create_dir(&self.0).map(|()| &self.0)
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
