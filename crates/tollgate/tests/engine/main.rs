//! What the engine must do on either database, run on each by the same functions.

/// Runs each function on a database of either engine.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(tollgate_store::testing::TestDatabase::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(tollgate_store::testing::TestDatabase::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both;

mod common;
mod host_transaction;
mod keys;
mod model;
mod racing;
mod reports;
mod restart;
