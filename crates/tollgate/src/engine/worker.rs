//! The worker: brings idle accounts up to date and forgets old keys.

use super::command::Command;
use super::{Engine, Request};
use std::sync::Weak;
use tollgate_core::id::CustomerId;
use tollgate_core::time::Timestamp;
use tollgate_store::ledger;

/// Accounts brought up to date in one round; the rest follows in the next.
const ACCOUNTS_MAX: u32 = 500;
/// Keys removed of one bucket in one round.
const KEYS_MAX: u32 = 1_000;
/// Rounds between two looks for old keys.
const PRUNE_EVERY: u64 = 60;

/// How far the clock may go back before it is worth an alarm, in seconds. However far it goes, no
/// account goes back with it: nothing is reset twice and nothing that was decided changes.
const BACKWARDS_SECONDS_MAX: i64 = 5;

/// Runs until the engine is gone.
pub(super) async fn run(engine: Weak<Engine>) {
    let mut round: u64 = 0;
    let mut latest = Timestamp::MIN;
    loop {
        let every = match engine.upgrade() {
            Some(engine) => engine.shared.options.worker_every,
            None => return,
        };
        tokio::time::sleep(every).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        let now = engine.now();
        if now.plus_seconds(BACKWARDS_SECONDS_MAX) < latest {
            let backwards = now.seconds_until(latest);
            tracing::error!(
                backwards,
                "the clock was set back; resets wait until it has caught up"
            );
        } else {
            latest = latest.max(now);
        }
        if let Err(error) = engine.follow_catalog().await {
            tracing::warn!(%error, "the catalog's version could not be read; it is tried again");
        }
        if let Err(error) = advance_due(&engine).await {
            tracing::warn!(%error, "the worker could not bring accounts up to date; it tries again");
        }
        if round.is_multiple_of(PRUNE_EVERY) {
            let kept = i64::try_from(engine.shared.options.keys_kept.as_secs()).unwrap_or(i64::MAX);
            let before = Timestamp::from_micros(
                engine
                    .now()
                    .as_micros()
                    .saturating_sub(kept.saturating_mul(1_000_000)),
            );
            if let Err(error) = prune_keys(&engine, before).await {
                tracing::warn!(%error, "old idempotency keys could not be removed; it is tried again");
            }
        }
        round += 1;
    }
}

async fn advance_due(engine: &Engine) -> Result<(), crate::error::Error> {
    let mut reader = engine.shared.store.read().await?;
    let due = tollgate_store::account::due(&mut reader, engine.now(), ACCOUNTS_MAX).await?;
    drop(reader);
    for customer in due {
        let request = Request {
            customer,
            command: Command::Advance,
            keyed: None,
        };
        match engine.ask(request).await {
            Ok(_) | Err(crate::error::Error::UnknownCustomer) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Removes old keys from PostgreSQL, bucket by bucket; SQLite's stand in memory.
async fn prune_keys(engine: &Engine, before: Timestamp) -> Result<(), tollgate_store::StoreError> {
    if engine.shared.store.engine() == tollgate_store::Engine::Sqlite {
        return Ok(());
    }
    for bucket in 0..CustomerId::BUCKETS {
        let mut transaction = engine.shared.store.begin().await?;
        ledger::prune_keys(&mut transaction, bucket, before, KEYS_MAX).await?;
        transaction.commit().await?;
    }
    Ok(())
}
