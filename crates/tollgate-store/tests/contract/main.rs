//! What every store must do, run on each engine by the same functions.

/// Runs each function on a database of either engine.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(tollgate_store::testing::TestDatabase::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(tollgate_store::testing::TestDatabase::postgres().await).await;
            })*
        }
    };
}
pub(crate) use contract;

mod accounts;
mod billing;
mod identity;
mod schema;
