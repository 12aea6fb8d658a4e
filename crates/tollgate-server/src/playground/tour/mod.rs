//! A tour: a customer's whole life, played over real HTTP on this machine, in which every figure
//! that is told was compared with what it must be.

mod lookup;
mod resume;
mod stage;

use crate::config::{Config, parse_catalog};
use serde::Serialize;
use serde_json::{Map, Value};
use stage::{Stage, Tell};
use std::fmt;
use std::io;
use tollgate::{Catalog, Timestamp};

const LOOKUP: &str = include_str!("../../../../../catalogs/usdot.toml");
const RESUME: &str = include_str!("../../../../../catalogs/resume.toml");

/// When every tour begins.
const START: &str = "2026-01-15T12:00:00Z";

/// Whose customer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// The lookup tool's: one pooled quota, carried over.
    Lookup,
    /// The résumé service's: a limit for each feature and month.
    Resume,
}

impl Story {
    /// What is played, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Lookup => "a lookup tool (one pooled quota, what is left is carried over)",
            Self::Resume => "a résumé service (a limit for each feature and calendar month)",
        }
    }

    fn catalog(self) -> (&'static str, &'static str) {
        match self {
            Self::Lookup => ("catalogs/usdot.toml", LOOKUP),
            Self::Resume => ("catalogs/resume.toml", RESUME),
        }
    }
}

/// One step of a tour that went as it must.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its number, from 1.
    pub step: usize,
    /// What it is about.
    pub title: &'static str,
    /// What time it is when it ends.
    pub now: String,
    /// What happened, in plain words.
    pub text: String,
    /// The figures that were compared, each by where it was read.
    pub figures: Map<String, Value>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.now.get(..10).unwrap_or(&self.now);
        writeln!(f, "{:2}. {} ({day})", self.step, self.title)?;
        writeln!(f, "    {}", self.text)?;
        let figures = self.figures.iter();
        let figures: Vec<String> = figures.map(|(name, value)| shown(name, value)).collect();
        writeln!(f, "    {}", figures.join(", "))
    }
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{name} {text}"),
        Value::Null => format!("{name} unlimited"),
        other => format!("{name} {other}"),
    }
}

/// Why a tour ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum TourError {
    /// A figure is not what it must be.
    #[error("step {step} ({title}): {what} must be {expected}, and is {found}")]
    Wrong {
        /// The number of the step.
        step: usize,
        /// Its title.
        title: &'static str,
        /// Which figure.
        what: String,
        /// What it must be.
        expected: Value,
        /// What it is.
        found: Value,
    },
    /// Nobody answered.
    #[error("step {step} ({title}): {source}")]
    Http {
        /// The number of the step.
        step: usize,
        /// Its title.
        title: &'static str,
        /// Why.
        source: reqwest::Error,
    },
    /// The steps cannot be told.
    #[error(transparent)]
    Tell(#[from] io::Error),
    /// The server could not be opened, or not looked into.
    #[error("the tour's server failed: {0}")]
    Server(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl TourError {
    fn server(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Server(error.into())
    }
}

/// Plays a life on a server of its own, with these settings and an imitation of Stripe, and tells
/// each step once it is done.
pub async fn play(
    story: Story,
    config: Config,
    mut tell: impl FnMut(&Step) -> io::Result<()> + Send,
) -> Result<(), TourError> {
    let (name, text) = story.catalog();
    let catalog = parse_catalog(name, text).map_err(TourError::server)?;
    play_with(story, catalog, config, &mut tell).await
}

async fn play_with(
    story: Story,
    catalog: Catalog,
    mut config: Config,
    tell: Tell<'_>,
) -> Result<(), TourError> {
    let start: Timestamp = START.parse().map_err(TourError::server)?;
    config.listen.set_port(0);
    let mut stage = Stage::build(config, catalog, start, tell).await?;
    let played = match story {
        Story::Lookup => lookup::play(&mut stage).await,
        Story::Resume => resume::play(&mut stage).await,
    };
    let proven = match played {
        Ok(()) => stage.prove().await,
        Err(error) => Err(error),
    };
    stage.close().await;
    proven
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_step_is_told_with_its_figures() {
        let figures = json!({ "plan_id": "basic", "quota_limit": 150, "limit": null });
        let step = Step {
            step: 3,
            title: "Pay",
            now: "2026-01-15T12:00:00Z".to_owned(),
            text: "It is paid.".to_owned(),
            figures: figures.as_object().unwrap().clone(),
        };
        assert_eq!(
            step.to_string(),
            " 3. Pay (2026-01-15)\n    It is paid.\n    limit unlimited, plan_id basic, quota_limit 150\n"
        );
    }

    #[test]
    fn a_wrong_figure_says_what_was_expected() {
        let error = TourError::Wrong {
            step: 3,
            title: "Pay",
            what: "quota_limit".to_owned(),
            expected: json!(150),
            found: json!(20),
        };
        assert_eq!(
            error.to_string(),
            "step 3 (Pay): quota_limit must be 150, and is 20"
        );
    }

    #[tokio::test]
    async fn a_tour_ends_where_a_figure_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::for_testing();
        config.database = format!("sqlite:{}", folder.path().join("t.db").display());
        let text = LOOKUP.replace("operations = 150", "operations = 151");
        let catalog = parse_catalog("usdot.toml", &text).unwrap();
        let mut told = 0;
        let mut tell = |_: &Step| {
            told += 1;
            Ok(())
        };
        let played = play_with(Story::Lookup, catalog, config, &mut tell).await;
        assert_eq!(
            played.unwrap_err().to_string(),
            "step 3 (Pay): quota_limit must be 150, and is 151"
        );
        assert_eq!(told, 2, "a step that went wrong is not told");
    }
}
