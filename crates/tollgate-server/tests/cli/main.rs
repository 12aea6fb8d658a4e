//! The verbs of the command line, run as people run them, on databases of their own.

mod backups;
mod beside;
#[cfg(feature = "sandbox")]
mod dev;
mod exports;
mod imports;
mod reports;
mod support;
#[cfg(feature = "sandbox")]
mod tour;
mod transcripts;
mod verification;
