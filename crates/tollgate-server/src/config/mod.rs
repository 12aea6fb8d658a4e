//! Settings: defaults, then a TOML file, then `TOLLGATE_*`, then flags; each knows its origin.

pub mod auth;
mod engine;
mod log;
mod origin;
mod secret;
mod server;
mod store;
pub mod stripe;

pub use auth::AuthConfig;
pub use engine::EngineConfig;
pub use log::{LogConfig, LogFormat};
pub use origin::{Layers, Origin};
pub use secret::Secret;
pub use server::ServerConfig;
pub use store::StoreConfig;
pub use stripe::StripeConfig;

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tollgate_core::Catalog;

/// Every setting.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen: an address and a port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database: `sqlite:PATH` or `postgres://USER@HOST/DATABASE`.
    pub database: String,
    /// The catalog file; without one, the catalog that stands in the database.
    pub catalog: Option<PathBuf>,
    /// Limits of the HTTP server.
    pub server: ServerConfig,
    /// How the database is opened.
    pub store: StoreConfig,
    /// How the engine runs.
    pub engine: EngineConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// Users, tokens and keys.
    pub auth: AuthConfig,
    /// Billing through Stripe.
    pub stripe: StripeConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8_000)),
            database: "sqlite:tollgate.db".to_owned(),
            catalog: None,
            server: ServerConfig::default(),
            store: StoreConfig::default(),
            engine: EngineConfig::default(),
            log: LogConfig::default(),
            auth: AuthConfig::default(),
            stripe: StripeConfig::default(),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{}: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, in one line.
        problem: String,
    },
    /// A setting has no such value, or does not exist.
    #[error("{origin}: {problem}")]
    Value {
        /// Where it was set.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// No catalog file is named.
    #[error("name a catalog file, as an argument, with --catalog or as `catalog` in the settings")]
    NoCatalogFile,
    /// The catalog is broken: its first problem, and how many there are.
    #[error("{first}{}", and_more(*count))]
    Catalog {
        /// The first problem.
        first: String,
        /// How many there are.
        count: usize,
    },
}

fn and_more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        more => format!(" (and {} more)", more - 1),
    }
}

impl Config {
    /// What a test server runs with.
    pub fn for_testing() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            server: ServerConfig::for_testing(),
            store: StoreConfig::for_testing(),
            engine: EngineConfig::for_testing(),
            log: LogConfig::for_testing(),
            auth: AuthConfig::for_testing(),
            ..Self::default()
        }
    }

    /// The catalog that the settings name, if they name one.
    pub fn read_catalog(&self) -> Result<Option<Catalog>, ConfigError> {
        self.catalog.as_deref().map(read_catalog).transpose()
    }
}

/// Reads a catalog file; `${NAME}` in it takes a value from the environment.
pub fn read_catalog(path: &Path) -> Result<Catalog, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse_catalog(&path.display().to_string(), &text)
}

/// Reads a catalog's text, which messages call `name`.
pub fn parse_catalog(name: &str, text: &str) -> Result<Catalog, ConfigError> {
    Catalog::parse(name, text, &|variable| std::env::var(variable).ok()).map_err(|problems| {
        ConfigError::Catalog {
            first: problems
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            count: problems.len(),
        }
    })
}
