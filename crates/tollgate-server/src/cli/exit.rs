//! What the exit code of a command says (`docs/cli.md` lists them).

use super::engine::Refused;
use crate::config::ConfigError;
use crate::config::stripe::StripeConfigError;
use crate::start::StartError;
use crate::telemetry::TelemetryError;
use std::process::ExitCode;
use tollgate::OpenError;
use tollgate_store::StoreError;

/// What the exit code of a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything that has no code of its own.
    Failed = 1,
    /// Wrong arguments, settings or catalog.
    Usage = 2,
    /// A check found a difference.
    Difference = 3,
    /// Another process writes the database.
    InUse = 4,
    /// The database was migrated by a newer program.
    SchemaNewer = 5,
    /// The database cannot be opened or reached.
    Database = 6,
    /// The address cannot be listened on.
    Address = 7,
    /// The database's contents are broken.
    Corrupt = 8,
    /// The customer's account said no.
    Refused = 9,
}

/// An error of the command line itself, with the code that it ends with.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Coded {
    exit: Exit,
    text: String,
}

impl Exit {
    /// An error that ends with this code.
    pub(super) fn error(self, text: impl Into<String>) -> anyhow::Error {
        let text = text.into();
        Coded { exit: self, text }.into()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The exit code for an error: that of the first cause which has one.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error.chain().find_map(exit_of_one).unwrap_or(Exit::Failed)
}

fn exit_of_one(error: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if error.is::<ConfigError>() || error.is::<StripeConfigError>() || error.is::<TelemetryError>()
    {
        return Some(Exit::Usage);
    }
    if let Some(coded) = error.downcast_ref::<Coded>() {
        return Some(coded.exit);
    }
    if error.is::<Refused>() {
        return Some(Exit::Refused);
    }
    if let Some(error) = error.downcast_ref::<StartError>() {
        return match error {
            StartError::Listen { .. } => Some(Exit::Address),
            StartError::Store(error) => Some(exit_of_store(error)),
            StartError::Engine(error) => exit_of_one(error),
            StartError::Stripe(_) => Some(Exit::Usage),
            StartError::Identity(_) | StartError::Signals(_) => None,
        };
    }
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return match error {
            OpenError::Store(error) => Some(exit_of_store(error)),
            OpenError::NoCatalog => Some(Exit::Usage),
            OpenError::Corrupt { .. } => Some(Exit::Corrupt),
        };
    }
    error.downcast_ref::<StoreError>().map(exit_of_store)
}

fn exit_of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::InUse { .. } => Exit::InUse,
        StoreError::SchemaNewer { .. } => Exit::SchemaNewer,
        StoreError::Address(_) => Exit::Usage,
        StoreError::Open { .. }
        | StoreError::File { .. }
        | StoreError::Transient(_)
        | StoreError::SchemaOlder { .. }
        | StoreError::SchemaDiffers { .. } => Exit::Database,
        StoreError::Corrupt { .. } | StoreError::Invariant { .. } => Exit::Corrupt,
        _ => Exit::Failed,
    }
}
