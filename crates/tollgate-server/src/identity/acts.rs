//! Privileged acts on customers: noted in the audit log once they are done.

use super::{Actor, Identity, record};
use serde_json::Value;
use std::fmt;

impl Identity {
    /// Notes what was done to `subject`. The act itself stands in the record of the customer; a
    /// note that cannot be written undoes nothing, and the log says so.
    pub async fn note(
        &self,
        actor: Actor,
        action: &'static str,
        subject: &impl fmt::Display,
        detail: Value,
    ) {
        let now = self.now();
        let subject = subject.to_string();
        let about = subject.clone();
        let noted = self.0.store.transaction(move |transaction| {
            let (actor, subject, detail) = (actor.clone(), subject.clone(), detail.clone());
            Box::pin(
                async move { record(transaction, now, &actor, action, &subject, detail).await },
            )
        });
        if let Err(error) = noted.await {
            tracing::error!(%error, action, subject = about, "an act is missing in the audit log");
        }
    }
}
