//! The verbs of the command line, run as people run them, on databases of their own.

mod backups;
mod beside;
mod exports;
mod imports;
mod support;
mod transcripts;
mod verification;
