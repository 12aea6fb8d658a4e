//! Paging through what happened to a customer, the newest first.

use crate::error::Error;
use crate::facade::Tollgate;
use std::time::Duration;
use tollgate_core::id::{CustomerId, EventId};
use tollgate_store::entry::{self, HistoryFilter, HistoryPage};
use tollgate_store::{Connection, Engine};

/// How often the newest entry of an account is looked for when its commit is still under way.
const TRIES_MAX: u32 = 100;
/// How long to wait between.
const PAUSE: Duration = Duration::from_millis(5);

impl Tollgate {
    /// Up to `limit` entries of a customer before `before`, the newest first; `None` for no such
    /// customer.
    pub async fn history(
        &self,
        customer: &CustomerId,
        before: Option<EventId>,
        limit: usize,
        filter: &HistoryFilter,
    ) -> Result<Option<HistoryPage>, Error> {
        let Some(account) = self.engine().account(customer).await? else {
            return Ok(None);
        };
        let mut connection = self.store().read().await?;
        let newest = match (self.store().engine(), before) {
            (Engine::Sqlite, None) => {
                let id = EventId::new(account.at(), customer, account.version());
                committed_position(&mut connection, customer, id).await?
            }
            _ => 0,
        };
        let page = entry::history(&mut connection, customer, newest, before, filter, limit).await?;
        Ok(Some(page))
    }
}

/// Where an entry stands that is decided and may be just about to be committed.
async fn committed_position(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    id: EventId,
) -> Result<i64, Error> {
    for _ in 0..TRIES_MAX {
        if let Some(found) = entry::find(connection, customer, id).await? {
            return Ok(found.position);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Busy { retry_after: PAUSE })
}
