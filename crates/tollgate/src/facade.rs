//! The engine as an application uses it.

use crate::clock::Clock;
use crate::engine::command::{Answer, Command};
use crate::engine::{Engine, Request};
use crate::error::{Error, OpenError};
use crate::refusals::{RefusalLog, Refused};
use std::sync::Arc;
use std::time::Duration;
use tollgate_core::account::{Account, Preview, UsageReport};
use tollgate_core::catalog::{Catalog, Change};
use tollgate_core::decision::{Decision, Held, Receipt};
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, EventId, GrantId, IdempotencyKey, ReservationId};
use tollgate_core::period::TimeZone;
use tollgate_core::request::{
    Consume, GrantUnits, Keyed, Reserve, SetMemberCap, Settle, Subscribe,
};
use tollgate_core::time::Timestamp;
use tollgate_store::Store;

/// How the engine runs; [`Options::default`] fits most.
#[derive(Clone, Debug)]
pub struct Options {
    /// Requests that may wait; one more is answered [`Error::Busy`] at once.
    pub queue_max: usize,
    /// Requests that one commit may carry.
    pub batch_max: usize,
    /// Accounts kept in memory.
    pub cached_accounts_max: usize,
    /// How often a batch that lost a race is decided again.
    pub tries_max: u32,
    /// How long idempotency keys are remembered.
    pub keys_kept: Duration,
    /// How often the worker looks for what is due.
    pub worker_every: Duration,
    /// How often the record is folded into the counters of reports; zero for only when a report is
    /// asked for.
    pub reports_every: Duration,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_max: 16_384,
            batch_max: 1_024,
            cached_accounts_max: 200_000,
            tries_max: 16,
            keys_kept: Duration::from_hours(24),
            worker_every: Duration::from_secs(1),
            reports_every: Duration::from_secs(1),
            clock: Clock::system(),
        }
    }
}

/// The quota engine over one database. Clones share it.
#[derive(Clone, Debug)]
pub struct Tollgate {
    engine: Arc<Engine>,
    refusals: Arc<RefusalLog>,
}

impl Tollgate {
    /// Opens the engine on a database. `catalog` is applied as a new version when it differs from
    /// the one that stands there; without one, that one is used.
    pub async fn open(
        store: Store,
        catalog: Option<Catalog>,
        options: Options,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            engine: Engine::open(store, catalog, options).await?,
            refusals: Arc::default(),
        })
    }

    /// The catalog as it stands now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.engine.catalog()
    }

    /// Applies a catalog as a new version; one that differs in nothing changes nothing.
    pub async fn apply_catalog(&self, catalog: Catalog) -> Result<Vec<Change>, Error> {
        self.engine.apply_catalog(catalog).await
    }

    /// Now, by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.engine.now()
    }

    /// The engine's clock.
    pub fn clock(&self) -> &Clock {
        self.engine.clock()
    }

    /// The database below.
    pub fn store(&self) -> &Store {
        self.engine.store()
    }

    /// Begins a customer, on the catalog's default plan if there is one. Answers whether it was
    /// begun now; a customer that exists stays as it is.
    pub async fn open_customer(
        &self,
        customer: &CustomerId,
        time_zone: Option<TimeZone>,
    ) -> Result<bool, Error> {
        match self.ask(customer, Command::Open(time_zone), None).await? {
            Answer::Opened(opened) => Ok(opened),
            _ => Err(Error::KeyReused),
        }
    }

    /// Does what is due for the customer by now: resets, renewals, expiries. Every request does so
    /// first, and the worker does it for those who do not ask.
    pub async fn advance(&self, customer: &CustomerId) -> Result<(), Error> {
        self.ask(customer, Command::Advance, None).await.map(drop)
    }

    /// Takes units, all or nothing, and records the usage. A retry with the same key and request
    /// gets the first answer.
    pub async fn consume(
        &self,
        customer: &CustomerId,
        request: Consume,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<Receipt>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        let member = request.member.clone();
        let decision = receipt(self.ask(customer, Command::Consume(request), keyed).await?)?;
        self.refusals
            .note(customer, member, || self.now(), &decision);
        Ok(decision)
    }

    /// Up to `limit` refusals that this process answered a customer of late, the newest first.
    pub fn refusals(&self, customer: &CustomerId, limit: usize) -> Vec<Refused> {
        self.refusals.of(customer, limit)
    }

    /// What [`Self::consume`] would answer; nothing happens.
    pub async fn check(
        &self,
        customer: &CustomerId,
        request: &Consume,
    ) -> Result<Decision<Receipt>, Error> {
        let account = self
            .engine
            .account(customer)
            .await?
            .ok_or(Error::UnknownCustomer)?;
        Ok(account.check(&self.catalog(), request, self.now()))
    }

    /// Holds units for work of unknown outcome or size.
    pub async fn reserve(
        &self,
        customer: &CustomerId,
        request: Reserve,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<Held>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        let member = request.member.clone();
        match self.ask(customer, Command::Reserve(request), keyed).await? {
            Answer::Held(decision) => {
                self.refusals
                    .note(customer, member, || self.now(), &decision);
                Ok(decision)
            }
            _ => Err(Error::KeyReused),
        }
    }

    /// Lets a reservation last `seconds` from now. Answers its end.
    pub async fn extend(
        &self,
        customer: &CustomerId,
        reservation: ReservationId,
        seconds: u32,
    ) -> Result<Decision<Timestamp>, Error> {
        instant(
            self.ask(customer, Command::Extend(reservation, seconds), None)
                .await?,
        )
    }

    /// Takes what was really used of a reservation and gives the rest back.
    pub async fn settle(
        &self,
        customer: &CustomerId,
        request: Settle,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<Receipt>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        receipt(self.ask(customer, Command::Settle(request), keyed).await?)
    }

    /// Gives a reservation back.
    pub async fn release(
        &self,
        customer: &CustomerId,
        reservation: ReservationId,
    ) -> Result<Decision<()>, Error> {
        done(
            self.ask(customer, Command::Release(reservation), None)
                .await?,
        )
    }

    /// Takes a usage event back, once.
    pub async fn reverse(
        &self,
        customer: &CustomerId,
        event: EventId,
    ) -> Result<Decision<Receipt>, Error> {
        let Some(entry) = self.event(customer, event).await? else {
            let refusal =
                tollgate_core::Refusal::bare(tollgate_core::decision::Reason::UnknownEvent);
            return Ok(Decision::Refused(Box::new(refusal)));
        };
        receipt(
            self.ask(customer, Command::Reverse(Box::new(entry)), None)
                .await?,
        )
    }

    /// Gives units.
    pub async fn grant(
        &self,
        customer: &CustomerId,
        request: GrantUnits,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<GrantId>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        match self.ask(customer, Command::Grant(request), keyed).await? {
            Answer::Grant(decision) => Ok(decision),
            _ => Err(Error::KeyReused),
        }
    }

    /// Takes back what is left of a grant, at most `units`. Answers how many it were.
    pub async fn revoke(
        &self,
        customer: &CustomerId,
        grant: GrantId,
        units: u64,
    ) -> Result<Decision<u64>, Error> {
        match self
            .ask(customer, Command::Revoke(grant, units), None)
            .await?
        {
            Answer::Units(decision) => Ok(decision),
            _ => Err(Error::KeyReused),
        }
    }

    /// Puts the customer on a plan, without payment. Answers when it takes effect.
    pub async fn subscribe(
        &self,
        customer: &CustomerId,
        request: Subscribe,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<Timestamp>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        instant(
            self.ask(customer, Command::Subscribe(request), keyed)
                .await?,
        )
    }

    /// What [`Self::subscribe`] would do.
    pub async fn preview(
        &self,
        customer: &CustomerId,
        request: &Subscribe,
    ) -> Result<Decision<Preview>, Error> {
        let account = self
            .engine
            .account(customer)
            .await?
            .ok_or(Error::UnknownCustomer)?;
        Ok(account.preview(&self.catalog(), request, self.now()))
    }

    /// Ends the subscription now or at the end of its billing period. Answers when it ends.
    pub async fn cancel(
        &self,
        customer: &CustomerId,
        at_period_end: bool,
    ) -> Result<Decision<Timestamp>, Error> {
        instant(
            self.ask(customer, Command::Cancel { at_period_end }, None)
                .await?,
        )
    }

    /// Undoes a change or cancellation that waits for the period's end.
    pub async fn undo_change(&self, customer: &CustomerId) -> Result<Decision<()>, Error> {
        done(self.ask(customer, Command::UndoChange, None).await?)
    }

    /// Sets or removes a member's cap.
    pub async fn set_member_cap(
        &self,
        customer: &CustomerId,
        request: SetMemberCap,
    ) -> Result<Decision<()>, Error> {
        done(
            self.ask(customer, Command::SetMemberCap(request), None)
                .await?,
        )
    }

    /// Moves the customer to another calendar.
    pub async fn set_time_zone(
        &self,
        customer: &CustomerId,
        zone: TimeZone,
    ) -> Result<Decision<()>, Error> {
        done(self.ask(customer, Command::SetTimeZone(zone), None).await?)
    }

    /// The account as of now, with what is due done to this copy; `None` for no such customer.
    pub async fn account(&self, customer: &CustomerId) -> Result<Option<Account>, Error> {
        let mut account = self.engine.account(customer).await?;
        if let Some(account) = &mut account {
            account.advance(&self.catalog(), self.now());
        }
        Ok(account)
    }

    /// What the customer has and used; `None` for no such customer.
    pub async fn usage(&self, customer: &CustomerId) -> Result<Option<UsageReport>, Error> {
        let account = self.account(customer).await?;
        Ok(account.map(|account| account.usage(&self.catalog(), self.now())))
    }

    /// One usage event of the record; `None` when the customer has none with that id.
    pub async fn event(
        &self,
        customer: &CustomerId,
        event: EventId,
    ) -> Result<Option<Entry>, Error> {
        if !event.belongs_to(customer) {
            return Ok(None);
        }
        let entry = self.engine.entry(customer, event).await?;
        Ok(entry.filter(|entry| entry.event_id(customer) == event))
    }

    /// Stops taking requests, answers those that wait, and writes what is behind.
    pub async fn shutdown(&self) -> Result<(), Error> {
        self.engine.shutdown().await
    }

    /// Resolves when the record could not be written. Nobody can then tell what is durable, so the
    /// process has to stop; at the next start the record has the say.
    pub async fn failed(&self) {
        self.engine.failed().await;
    }

    /// What the engine counted since it started.
    pub fn stats(&self) -> &crate::engine::Stats {
        self.engine.stats()
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    async fn ask(
        &self,
        customer: &CustomerId,
        command: Command,
        keyed: Option<Keyed>,
    ) -> Result<Answer, Error> {
        self.engine
            .ask(Request {
                customer: customer.clone(),
                command,
                keyed,
            })
            .await
    }
}

/// An answer of another kind can only be the stored one of another request under the same key.
pub(crate) fn receipt(answer: Answer) -> Result<Decision<Receipt>, Error> {
    match answer {
        Answer::Receipt(decision) => Ok(decision),
        _ => Err(Error::KeyReused),
    }
}

fn instant(answer: Answer) -> Result<Decision<Timestamp>, Error> {
    match answer {
        Answer::Instant(decision) => Ok(decision),
        _ => Err(Error::KeyReused),
    }
}

fn done(answer: Answer) -> Result<Decision<()>, Error> {
    match answer {
        Answer::Done(decision) => Ok(decision),
        _ => Err(Error::KeyReused),
    }
}
