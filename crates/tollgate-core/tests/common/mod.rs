//! A customer to try the rules on: asks its account, keeps the record, and proves after each
//! question that the record gives the account back.

use tollgate_core::account::UsageReport;
use tollgate_core::decision::{Decision, Held, Reason, Receipt, Refusal};
use tollgate_core::entry::Entry;
use tollgate_core::grant::Source;
use tollgate_core::id::{CustomerId, GrantId, MemberId, ReservationId};
use tollgate_core::plan::Reset;
use tollgate_core::request::{
    ChangeTime, Consume, GrantUnits, Reserve, SetMemberCap, Settle, Subscribe, Use, Uses,
};
use tollgate_core::reservation::OnExpiry;
use tollgate_core::testing::catalog::{feature, meter, plan_id, price_id};
use tollgate_core::{Account, Catalog, Timestamp};

pub(crate) struct Customer {
    pub(crate) catalog: Catalog,
    pub(crate) account: Account,
    pub(crate) entries: Vec<Entry>,
    pub(crate) now: Timestamp,
    /// Who acts for it.
    pub(crate) member: Option<MemberId>,
}

/// A moment, as RFC 3339.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub(crate) fn member(id: &str) -> MemberId {
    MemberId::new(id).expect("a member's id")
}

pub(crate) fn uses(uses: &[(&str, u64)]) -> Uses {
    let uses = uses.iter().map(|(id, amount)| Use {
        feature: feature(id),
        amount: *amount,
    });
    Uses::new(uses.collect(), 0).expect("amounts in range")
}

pub(crate) fn consume(what: &[(&str, u64)]) -> Consume {
    Consume {
        uses: uses(what),
        member: None,
        metadata: None,
    }
}

/// Units of the meter that never end.
pub(crate) fn top_up(on: &str, units: u64) -> GrantUnits {
    GrantUnits {
        meter: meter(on),
        units,
        source: Source::TopUp,
        starts_at: None,
        expires_at: None,
        priority: 0,
        reference: "pi_1".to_owned(),
    }
}

impl Customer {
    /// A customer who begins at `now` on the catalog's default plan.
    pub(crate) fn new(catalog: Catalog, now: &str) -> Self {
        let customer = CustomerId::new("user_123").unwrap();
        let mut this = Self {
            catalog,
            account: Account::empty(customer),
            entries: Vec::new(),
            now: at(now),
            member: None,
        };
        assert!(this.account.open(&this.catalog, None, this.now));
        this.keep_record();
        this
    }

    /// The clock shows `now`.
    pub(crate) fn at(&mut self, now: &str) -> &mut Self {
        self.now = at(now);
        self
    }

    /// Asks the account, keeps what it recorded, and proves the record.
    pub(crate) fn ask<T>(&mut self, ask: impl FnOnce(&mut Account, &Catalog, Timestamp) -> T) -> T {
        let answer = ask(&mut self.account, &self.catalog, self.now);
        self.keep_record();
        answer
    }

    fn keep_record(&mut self) {
        self.entries.extend(self.account.take_entries());
        self.account.forget_changes();
        let mut replayed = Account::empty(self.account.customer().clone());
        for entry in &self.entries {
            replayed.apply(entry).expect("the record replays");
        }
        assert_eq!(replayed.differences(&self.account), []);
        let stored = Account::restore(self.account.parts());
        assert_eq!(stored.differences(&self.account), []);
        for grant in self.account.grants() {
            let parts = grant.parts();
            let sum = grant.remaining() + parts.held + parts.used + parts.expired + parts.revoked;
            assert_eq!(sum, parts.amount, "{grant:?}");
        }
    }

    pub(crate) fn try_consume(&mut self, what: &[(&str, u64)]) -> Decision {
        let request = Consume {
            member: self.member.clone(),
            ..consume(what)
        };
        self.ask(|account, catalog, now| account.consume(catalog, &request, None, now))
    }

    /// Must be granted.
    pub(crate) fn consume(&mut self, id: &str, amount: u64) -> Receipt {
        match self.try_consume(&[(id, amount)]) {
            Decision::Granted(receipt) => receipt,
            Decision::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// Must be refused, and change nothing.
    pub(crate) fn refused(&mut self, what: &[(&str, u64)]) -> Refusal {
        self.advance();
        let before = self.account.clone();
        match self.try_consume(what) {
            Decision::Granted(receipt) => panic!("{receipt:?}"),
            Decision::Refused(refusal) => {
                assert_eq!(before.differences(&self.account), []);
                *refusal
            }
        }
    }

    pub(crate) fn advance(&mut self) {
        assert!(self.ask(Account::advance));
    }

    pub(crate) fn try_reserve(
        &mut self,
        what: &[(&str, u64)],
        seconds: u32,
        on_expiry: OnExpiry,
    ) -> Decision<Held> {
        let request = Reserve {
            uses: uses(what),
            member: self.member.clone(),
            seconds,
            on_expiry,
        };
        self.ask(|account, catalog, now| account.reserve(catalog, &request, None, now))
    }

    pub(crate) fn reserve(&mut self, id: &str, amount: u64, seconds: u32) -> ReservationId {
        granted(self.try_reserve(&[(id, amount)], seconds, OnExpiry::Release)).reservation
    }

    pub(crate) fn try_settle(
        &mut self,
        reservation: ReservationId,
        what: Option<&[(&str, u64)]>,
    ) -> Decision {
        let request = Settle {
            reservation,
            uses: what.map(uses),
            metadata: None,
        };
        self.ask(|account, catalog, now| account.settle(catalog, &request, None, now))
    }

    pub(crate) fn release(&mut self, reservation: ReservationId) -> Decision<()> {
        self.ask(|account, catalog, now| account.release(catalog, reservation, now))
    }

    pub(crate) fn reverse(&mut self, receipt: &Receipt) -> Decision {
        let number = usize::try_from(receipt.event.number()).unwrap();
        let event = self.entries[number - 1].clone();
        self.ask(|account, catalog, now| account.reverse(catalog, &event, None, now))
    }

    pub(crate) fn grant(&mut self, request: &GrantUnits) -> GrantId {
        granted(self.ask(|account, catalog, now| account.grant(catalog, request, None, now)))
    }

    pub(crate) fn subscribe(
        &mut self,
        plan: &str,
        price: Option<&str>,
        when: ChangeTime,
    ) -> Timestamp {
        let request = Subscribe {
            plan: plan_id(plan),
            price: price.map(price_id),
            when,
        };
        granted(self.ask(|account, catalog, now| account.subscribe(catalog, &request, None, now)))
    }

    pub(crate) fn cancel(&mut self, at_period_end: bool) -> Timestamp {
        granted(self.ask(|account, catalog, now| account.cancel(catalog, at_period_end, now)))
    }

    pub(crate) fn set_member_cap(&mut self, who: &str, on: &str, units: Option<u64>, reset: Reset) {
        let request = SetMemberCap {
            member: member(who),
            meter: meter(on),
            units,
            reset,
        };
        granted(
            self.ask(|account, catalog, now| account.set_member_cap(catalog, &request, None, now)),
        );
    }

    pub(crate) fn usage(&mut self) -> UsageReport {
        self.advance();
        self.account.usage(&self.catalog, self.now)
    }

    /// Limit, used and remaining of a feature.
    pub(crate) fn figures(&mut self, id: &str) -> (Option<u64>, u64, Option<u64>) {
        self.advance();
        let figures = self
            .account
            .figures_of(&self.catalog, &feature(id), self.now);
        (figures.limit, figures.used, figures.remaining)
    }

    pub(crate) fn remaining(&mut self, id: &str) -> u64 {
        self.figures(id).2.expect("it is limited")
    }

    pub(crate) fn plan(&self) -> Option<&str> {
        self.account.subscription().map(|it| it.plan.as_str())
    }

    /// The running period of a meter.
    pub(crate) fn period(&mut self, on: &str) -> (String, String) {
        self.advance();
        let tallies = self.account.tallies();
        let tally = tallies.meters.iter().find(|tally| tally.meter == meter(on));
        let period = tally.expect("the meter is known").period;
        (period.start.to_string(), period.end.to_string())
    }
}

pub(crate) fn granted<T>(decision: Decision<T>) -> T {
    match decision {
        Decision::Granted(granted) => granted,
        Decision::Refused(refusal) => panic!("{refusal:?}"),
    }
}

pub(crate) fn reason<T: std::fmt::Debug>(decision: Decision<T>) -> Reason {
    match decision {
        Decision::Granted(granted) => panic!("{granted:?}"),
        Decision::Refused(refusal) => refusal.reason,
    }
}
