//! Folds SQLite's log into its file beside the committer, which would else stop for it.

use super::Shared;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// Runs until the engine is gone, or sets `failed` when the disk refused.
pub(super) async fn run(shared: Weak<Shared>, failed: watch::Sender<bool>) {
    let mut folded = 0;
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let commits = shared.stats.commits.load(Ordering::Relaxed);
        if commits == folded {
            continue;
        }
        match shared.store.fold().await {
            Ok(()) => folded = commits,
            Err(error) if error.is_transient() => {
                tracing::debug!(%error, "the log is folded later");
            }
            Err(error) => {
                tracing::error!(%error, "the log could not be folded into the file");
                let _ = failed.send(true);
                return;
            }
        }
    }
}
