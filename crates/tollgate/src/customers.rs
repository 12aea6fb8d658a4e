//! Listing the customers that there are.

use crate::error::Error;
use crate::facade::Tollgate;
use tollgate_core::id::CustomerId;
use tollgate_store::account;

impl Tollgate {
    /// Up to `limit` customers after `after`, in the order of their buckets and ids.
    ///
    /// On an embedded database the accounts' rows are behind the record: those that were begun
    /// just now are written first.
    pub async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: u32,
    ) -> Result<Vec<CustomerId>, Error> {
        self.engine().write_behind().await?;
        let mut connection = self.store().read().await?;
        Ok(account::list(&mut connection, after, limit).await?)
    }
}
