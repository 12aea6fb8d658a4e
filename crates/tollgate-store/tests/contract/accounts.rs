//! Accounts, the record, and that both say the same.

use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use std::collections::HashMap;
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::catalog::Catalog;
use tollgate_core::decision::Decision;
use tollgate_core::entry::Entry;
use tollgate_core::grant::Source;
use tollgate_core::id::{
    CustomerId, EventId, FeatureId, IdempotencyKey, MemberId, MeterId, PlanId,
};
use tollgate_core::plan::{Anchor, Cadence, Reset};
use tollgate_core::request::{
    ChangeTime, Consume, GrantUnits, Keyed, Reserve, SetMemberCap, Settle, Subscribe, Uses,
};
use tollgate_core::reservation::OnExpiry;
use tollgate_store::account::{self, AccountRows, StoredAccount};
use tollgate_store::entry::{self, HistoryFilter, HistoryPage, RecordCursor};
use tollgate_store::journal::{self, NewEntry};
use tollgate_store::ledger::{self, Commit, CommitOutcome};
use tollgate_store::testing::TestDatabase;
use tollgate_store::{Engine, Store, StoreError};

super::contract! {
    accounts_are_loaded_as_they_were_written,
    the_record_replays_to_the_accounts,
    the_history_is_read_backwards,
    an_entry_is_found_by_its_id,
    usage_and_quotas_are_views,
    a_broken_invariant_is_refused_by_its_table,
    what_is_due_and_who_there_is,
    a_catalog_is_kept_by_version,
    many_accounts_are_written_and_loaded_at_once,
}

/// When the first customer's long life is over: times rise with positions in the journal.
const LATER: i64 = 101 * 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn catalog() -> Catalog {
    let text = include_str!("../../../../catalogs/usdot.toml");
    let catalog =
        Catalog::parse("usdot.toml", text, &|name| Some(format!("price_{name}"))).unwrap();
    Catalog::next_version(None, catalog)
}

fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn uses(feature: &str, amount: u64) -> Uses {
    Uses::one(FeatureId::new(feature).unwrap(), amount).unwrap()
}

fn consume(amount: u64, member: Option<&str>) -> Consume {
    let member = member.map(|member| MemberId::new(member).unwrap());
    Consume {
        uses: uses("image_ocr", amount),
        member,
        metadata: None,
    }
}

fn keyed(key: &str) -> Keyed {
    let key = IdempotencyKey::new(key).unwrap();
    Keyed {
        key,
        fingerprint: consume(1, None).fingerprint(),
    }
}

/// An account in memory, written after every step as the engine does it.
struct World {
    store: Store,
    catalog: Catalog,
    position: i64,
}

struct Kept {
    account: Account,
    position: i64,
    entries: Vec<Entry>,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        Self {
            store: database.open().await.unwrap(),
            catalog: catalog(),
            position: 0,
        }
    }

    async fn open(&mut self, name: &str, now: Timestamp) -> Kept {
        let mut kept = Kept {
            account: Account::empty(customer(name)),
            position: 0,
            entries: Vec::new(),
        };
        assert!(kept.account.open(&self.catalog, None, now));
        self.write(&mut kept).await;
        kept
    }

    async fn consume(
        &mut self,
        kept: &mut Kept,
        amount: u64,
        member: Option<&str>,
        now: Timestamp,
    ) {
        let decision = kept
            .account
            .consume(&self.catalog, &consume(amount, member), None, now);
        assert!(matches!(decision, Decision::Granted(_)), "{decision:?}");
        self.write(kept).await;
    }

    /// Writes what the account did, in the engine's own way on each database.
    async fn write(&mut self, kept: &mut Kept) {
        let entries = kept.account.take_entries();
        match self.store.engine() {
            Engine::Sqlite => {
                let customer = kept.account.customer();
                let mut appended = Vec::new();
                for entry in &entries {
                    self.position += 1;
                    let (position, previous) = (self.position, kept.position);
                    kept.position = position;
                    appended.push(NewEntry {
                        position,
                        previous,
                        customer,
                        entry,
                    });
                }
                self.store.append(&appended).await.unwrap();
                self.checkpoint(&kept.account, kept.position).await;
            }
            Engine::Postgres => {
                let written = [(kept.account.clone(), entries.clone())];
                assert_eq!(commit(&self.store, &written).await, CommitOutcome::Written);
            }
        }
        kept.account.forget_changes();
        kept.entries.extend(entries);
    }

    async fn checkpoint(&self, account: &Account, position: i64) {
        let mut rows = AccountRows::new();
        rows.push(account, account.version() - 1, position);
        self.store.checkpoint(&rows, self.position).await.unwrap();
    }

    async fn assert_stored(&self, kept: &Kept) {
        let loaded = self
            .store
            .load(&[kept.account.customer().clone()])
            .await
            .unwrap();
        assert_eq!(loaded.len(), 1);
        assert_eq!(kept.account.differences(&loaded[0].account), []);
        assert_eq!(loaded[0].account, kept.account);
        assert_eq!(loaded[0].position, kept.position);
    }

    /// A customer that did everything there is to do, from `start` on.
    async fn busy(&mut self, name: &str, start: i64) -> Kept {
        let mut kept = self.open(name, at(start)).await;
        self.assert_stored(&kept).await;
        self.consume(&mut kept, 3, Some("ann"), at(start + 10))
            .await;
        self.assert_stored(&kept).await;
        self.use_and_reverse(&mut kept, start + 20).await;
        self.reserve(&mut kept, start + 30).await;
        self.adjust(&mut kept, start + 60).await;
        self.change_plans(&mut kept, start + 70).await;
        kept
    }

    /// Writes what was just granted, and sees that it can be read.
    async fn keep<T: std::fmt::Debug>(&mut self, kept: &mut Kept, decision: Decision<T>) -> T {
        self.write(kept).await;
        self.assert_stored(kept).await;
        match decision {
            Decision::Granted(granted) => granted,
            Decision::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    async fn use_and_reverse(&mut self, kept: &mut Kept, start: i64) {
        let catalog = self.catalog.clone();
        let key = keyed("key-1");
        let used = kept
            .account
            .consume(&catalog, &consume(1, None), Some(&key), at(start));
        let event = self.keep(kept, used).await.event;
        let entry = kept
            .entries
            .iter()
            .find(|entry| entry.number == event.number())
            .unwrap()
            .clone();
        let reversed = kept.account.reverse(&catalog, &entry, None, at(start + 1));
        self.keep(kept, reversed).await;
    }

    async fn reserve(&mut self, kept: &mut Kept, start: i64) {
        let catalog = self.catalog.clone();
        let reserve = Reserve {
            uses: uses("usdot_lookup", 2),
            member: Some(MemberId::new("bob").unwrap()),
            seconds: 600,
            on_expiry: OnExpiry::Settle,
        };
        let held = kept.account.reserve(&catalog, &reserve, None, at(start));
        let reservation = self.keep(kept, held).await.reservation;
        let extended = kept
            .account
            .extend(&catalog, reservation, 3_000, at(start + 1));
        self.keep(kept, extended).await;
        let settle = Settle {
            reservation,
            uses: Some(uses("usdot_lookup", 1)),
            metadata: None,
        };
        let settled = kept.account.settle(&catalog, &settle, None, at(start + 2));
        self.keep(kept, settled).await;

        let held = kept
            .account
            .reserve(&catalog, &reserve, None, at(start + 3));
        let reservation = self.keep(kept, held).await.reservation;
        let released = kept.account.release(&catalog, reservation, at(start + 4));
        self.keep(kept, released).await;
        // Opened and closed before it is written.
        let held = kept
            .account
            .reserve(&catalog, &reserve, None, at(start + 5))
            .granted()
            .unwrap();
        let released = kept
            .account
            .release(&catalog, held.reservation, at(start + 6));
        self.keep(kept, released).await;
    }

    async fn adjust(&mut self, kept: &mut Kept, start: i64) {
        let catalog = self.catalog.clone();
        let grant = GrantUnits {
            meter: MeterId::new("operations").unwrap(),
            units: 50,
            source: Source::Promotion,
            starts_at: None,
            expires_at: Some(at(start + 90 * 86_400)),
            priority: -5,
            reference: "a gift".to_owned(),
        };
        let granted = kept.account.grant(&catalog, &grant, None, at(start));
        let grant = self.keep(kept, granted).await;
        let revoked = kept.account.revoke(&catalog, grant, 10, at(start + 1));
        assert_eq!(self.keep(kept, revoked).await, 10);
        let cap = SetMemberCap {
            member: MemberId::new("ann").unwrap(),
            meter: MeterId::new("operations").unwrap(),
            units: Some(40),
            reset: Reset::Every {
                cadence: Cadence::Day,
                anchor: Anchor::Calendar,
            },
        };
        let capped = kept
            .account
            .set_member_cap(&catalog, &cap, None, at(start + 2));
        self.keep(kept, capped).await;
        self.consume(kept, 2, Some("ann"), at(start + 3)).await;
        self.assert_stored(kept).await;
    }

    async fn change_plans(&mut self, kept: &mut Kept, start: i64) {
        let catalog = self.catalog.clone();
        let to = |plan, when| Subscribe {
            plan: PlanId::new(plan).unwrap(),
            price: None,
            when,
        };
        let up = to("professional", ChangeTime::Now);
        let changed = kept.account.subscribe(&catalog, &up, None, at(start));
        self.keep(kept, changed).await;
        let down = to("basic", ChangeTime::PeriodEnd);
        let changed = kept.account.subscribe(&catalog, &down, None, at(start + 1));
        self.keep(kept, changed).await;
        // Months later: periods turned, units were carried over, the plan changed.
        for month in 1..4 {
            self.consume(kept, 7, None, at(start + month * 31 * 86_400))
                .await;
            self.assert_stored(kept).await;
        }
        let canceled = kept
            .account
            .cancel(&catalog, false, at(start + 100 * 86_400));
        self.keep(kept, canceled).await;
    }
}

async fn accounts_are_loaded_as_they_were_written(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let busy = world.busy("user_1", 0).await;
    assert!(
        world
            .store
            .load(&[customer("user_2")])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(world.store.load(&[]).await.unwrap().is_empty());
    let versions = world
        .store
        .versions(&[customer("user_1"), customer("user_2")])
        .await;
    assert_eq!(
        versions.into_iter().collect::<Vec<_>>(),
        [(customer("user_1"), busy.account.version())]
    );
    // Closed, every grant stays in its table in its final state.
    let closed = count(&world.store, "SELECT COUNT(*) FROM grants WHERE closed").await;
    let open = count(&world.store, "SELECT COUNT(*) FROM grants WHERE NOT closed").await;
    assert_eq!(open, i64::try_from(busy.account.grants().len()).unwrap());
    assert_eq!(
        closed + open + 1,
        i64::try_from(busy.account.next_grant()).unwrap()
    );
    assert!(closed > 0);
    assert_eq!(count(&world.store, "SELECT COUNT(*) FROM holds").await, 0);
}

async fn the_record_replays_to_the_accounts(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let mut kept = vec![
        world.busy("user_1", 0).await,
        world.busy("user_2", LATER).await,
    ];
    for round in 0..5 {
        for one in &mut kept {
            world.consume_granted(one, at(2 * LATER + round)).await;
        }
    }
    let mut cursor = RecordCursor::default();
    let mut replayed = [
        Account::empty(customer("user_1")),
        Account::empty(customer("user_2")),
    ];
    loop {
        let mut reader = world.store.read().await.unwrap();
        let page = entry::record(&mut reader, &mut cursor, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        for recorded in page {
            let account = replayed
                .iter_mut()
                .find(|account| *account.customer() == recorded.customer);
            account.unwrap().apply(&recorded.entry).unwrap();
        }
    }
    for (replayed, kept) in replayed.iter().zip(&kept) {
        assert_eq!(replayed.differences(&kept.account), []);
        world.assert_stored(kept).await;
    }
}

impl World {
    /// Gives some units and uses them, whatever plan the account has.
    async fn consume_granted(&mut self, kept: &mut Kept, now: Timestamp) {
        let grant = GrantUnits {
            meter: MeterId::new("operations").unwrap(),
            units: 5,
            source: Source::TopUp,
            starts_at: None,
            expires_at: None,
            priority: 0,
            reference: String::new(),
        };
        let granted = kept.account.grant(&self.catalog, &grant, None, now);
        assert!(matches!(granted, Decision::Granted(_)), "{granted:?}");
        self.write(kept).await;
        self.consume(kept, 4, None, now).await;
    }
}

async fn the_history_is_read_backwards(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let kept = world.busy("user_1", 0).await;
    let other = world.busy("user_2", LATER).await;
    let store = world.store.clone();
    let mut newest_first: Vec<_> = kept.entries.clone();
    newest_first.reverse();

    let everything = HistoryFilter::default();
    for limit in [1, 3, 100] {
        let mut before = None;
        let mut read = Vec::new();
        loop {
            let name = customer("user_1");
            let page = store
                .history(kept.position, before, &everything, limit)
                .await;
            assert!(page.entries.len() <= limit);
            assert!(
                page.entries
                    .iter()
                    .all(|recorded| recorded.customer == name)
            );
            read.extend(page.entries.into_iter().map(|recorded| recorded.entry));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(read, newest_first, "in pages of {limit}");
    }

    filtered_history(&store, &kept, &newest_first).await;

    // Another customer's event leads nowhere, and someone who is not there has no history.
    let foreign = other.entries[3].event_id(&customer("user_2"));
    if store.engine() == Engine::Sqlite {
        let page = store
            .history(kept.position, Some(foreign), &everything, 5)
            .await;
        assert!(page.entries.is_empty());
    }
    let mut reader = store.read().await.unwrap();
    let nobody = customer("user_3");
    let page = entry::history(&mut reader, &nobody, 0, None, &everything, 5)
        .await
        .unwrap();
    assert!(page.entries.is_empty() && page.next.is_none());
}

async fn filtered_history(store: &Store, kept: &Kept, newest_first: &[Entry]) {
    let everything = HistoryFilter::default();
    let read = async |filter: HistoryFilter| {
        let page = store.history(kept.position, None, &filter, 100).await;
        assert_eq!(page.next, None);
        page.entries
            .into_iter()
            .map(|recorded| recorded.entry)
            .collect::<Vec<_>>()
    };
    let only_usage = read(HistoryFilter {
        only_usage: true,
        ..everything.clone()
    })
    .await;
    let expected: Vec<_> = newest_first
        .iter()
        .filter(|entry| entry.usage().is_some())
        .cloned()
        .collect();
    assert_eq!(only_usage, expected);
    let ann = MemberId::new("ann").unwrap();
    let of_ann = read(HistoryFilter {
        member: Some(ann.clone()),
        ..everything.clone()
    })
    .await;
    assert_eq!(of_ann.len(), 2);
    assert!(
        of_ann
            .iter()
            .all(|entry| entry.usage().unwrap().member == Some(ann.clone()))
    );
    let lookup = FeatureId::new("usdot_lookup").unwrap();
    assert_eq!(
        read(HistoryFilter {
            feature: Some(lookup),
            ..everything.clone()
        })
        .await
        .len(),
        1
    );
    let between = read(HistoryFilter {
        from: Some(at(31)),
        until: Some(at(62)),
        ..everything.clone()
    })
    .await;
    let expected = newest_first
        .iter()
        .filter(|entry| at(31) <= entry.at && entry.at < at(62))
        .count();
    assert_eq!(between.len(), expected);
    assert!(expected > 3);
}

async fn an_entry_is_found_by_its_id(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let kept = world.busy("user_1", 0).await;
    let name = customer("user_1");
    for entry in &kept.entries {
        let id = entry.event_id(&name);
        assert_eq!(world.store.find(&name, id).await.as_ref(), Some(entry));
        assert_eq!(world.store.find(&customer("user_2"), id).await, None);
        let earlier = Timestamp::from_micros(entry.at.as_micros() - 1_000);
        assert_eq!(
            world
                .store
                .find(&name, EventId::new(earlier, &name, entry.number))
                .await,
            None
        );
    }
    assert_eq!(
        world
            .store
            .find(&name, EventId::new(at(0), &name, 9_999))
            .await,
        None
    );
    assert_eq!(
        world
            .store
            .find(&name, EventId::new(Timestamp::MAX, &name, 1))
            .await,
        None
    );
}

async fn usage_and_quotas_are_views(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let mut kept = world.open("user_1", at(0)).await;
    world.consume(&mut kept, 3, Some("ann"), at(0)).await;
    world.consume(&mut kept, 2, None, at(40 * 86_400)).await;
    let events = rows(
        &world.store,
        "SELECT customer_id, member_id, feature, CAST(amount AS TEXT), CAST(created_at AS TEXT), month_key
         FROM usage_events ORDER BY created_at",
        6,
    )
    .await;
    let first = at(0).as_micros().to_string();
    let second = at(40 * 86_400).as_micros().to_string();
    assert_eq!(
        events,
        [
            ["user_1", "ann", "image_ocr", "3", first.as_str(), "2023-11"],
            ["user_1", "-", "image_ocr", "2", second.as_str(), "2023-12"],
        ]
    );
    // 17 of the first period's 20 were carried over.
    let quotas = rows(
        &world.store,
        "SELECT customer_id, subscription_id, meter, CAST(period_start AS TEXT), CAST(period_end AS TEXT),
                CAST(quota_limit AS TEXT), CAST(quota_used AS TEXT), CAST(quota_remaining AS TEXT),
                CAST(carryover_from_previous AS TEXT)
         FROM usage_quotas",
        9,
    )
    .await;
    let subscription = kept.account.subscription_id().unwrap().to_string();
    let period = kept.account.tallies().meters[0].period;
    let (start, end) = (
        period.start.as_micros().to_string(),
        period.end.as_micros().to_string(),
    );
    assert_eq!(
        quotas,
        [[
            "user_1",
            subscription.as_str(),
            "operations",
            &start,
            &end,
            "37",
            "2",
            "35",
            "17"
        ]]
    );
}

async fn a_broken_invariant_is_refused_by_its_table(database: TestDatabase) {
    let mut world = World::new(&database).await;
    world.busy("user_1", 0).await;
    for broken in [
        "UPDATE grants SET used = used + 1 WHERE closed",
        "UPDATE grants SET used = amount + 1 - held - expired - revoked WHERE NOT closed",
        "UPDATE grants SET held = -1 WHERE NOT ended",
        "UPDATE grants SET used = -1, used_before = -1",
        "UPDATE grants SET used_before = used + 1",
        "UPDATE grants SET ended = TRUE, amount = amount + 1 WHERE closed",
        "UPDATE grants SET closed = TRUE WHERE NOT ended",
        "UPDATE accounts SET version = version_before",
        "UPDATE accounts SET bucket = 1024",
        "UPDATE subscriptions SET current_period_end = current_period_start",
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ('o', 'u', 'king', 0)",
    ] {
        let mut transaction = world.store.begin().await.unwrap();
        let result = match world.store.engine() {
            Engine::Sqlite => transaction
                .as_sqlite()
                .unwrap()
                .execute(broken)
                .await
                .map(drop),
            Engine::Postgres => transaction
                .as_postgres()
                .unwrap()
                .execute(broken)
                .await
                .map(drop),
        };
        let error = result.expect_err(broken);
        let kind = error.as_database_error().expect(broken).kind();
        assert!(
            matches!(kind, sqlx::error::ErrorKind::CheckViolation),
            "{broken}: {error}"
        );
    }
}

async fn what_is_due_and_who_there_is(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let first = world.open("user_1", at(0)).await;
    let second = world.open("user_2", at(86_400)).await;
    let month = first.account.next_due();
    assert!(month < second.account.next_due());
    let mut reader = world.store.read().await.unwrap();
    let mut due = async |now, limit| account::due(&mut reader, now, limit).await.unwrap();
    assert_eq!(
        due(Timestamp::from_micros(month.as_micros() - 1), 10).await,
        []
    );
    assert_eq!(due(month, 10).await, [customer("user_1")]);
    assert_eq!(
        due(at(90 * 86_400), 10).await,
        [customer("user_1"), customer("user_2")]
    );
    assert_eq!(due(at(90 * 86_400), 1).await, [customer("user_1")]);
    let next = account::next_due(&mut world.store.read().await.unwrap()).await;
    assert_eq!(next.unwrap(), Some(month));

    let mut reader = world.store.read().await.unwrap();
    let mut listed = account::list(&mut reader, None, 1).await.unwrap();
    let rest = account::list(&mut reader, listed.first(), 10)
        .await
        .unwrap();
    listed.extend(rest);
    listed.sort_unstable();
    assert_eq!(listed, [customer("user_1"), customer("user_2")]);
    assert_eq!(account::count(&mut reader).await.unwrap(), 2);
}

async fn latest(store: &Store) -> Option<Catalog> {
    tollgate_store::catalog::current(&mut store.read().await.unwrap())
        .await
        .unwrap()
}

async fn apply(
    store: &Store,
    catalog: &Catalog,
    now: Timestamp,
    by: &str,
) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    tollgate_store::catalog::save(&mut transaction, catalog, now, by).await?;
    transaction.commit().await
}

async fn a_catalog_is_kept_by_version(database: TestDatabase) {
    let store = database.open().await.unwrap();
    assert_eq!(latest(&store).await, None);
    let first = catalog();
    apply(&store, &first, at(0), "startup").await.unwrap();
    assert_eq!(latest(&store).await, Some(first.clone()));
    let error = apply(&store, &first, at(1), "again").await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Conflict {
                table: "catalog_versions"
            }
        ),
        "{error:?}"
    );

    let mut changed = first.clone();
    changed.plans.remove(&PlanId::new("enterprise").unwrap());
    let second = Catalog::next_version(Some(&first), changed);
    apply(&store, &second, at(2), "ann").await.unwrap();
    let mut connection = store.read().await.unwrap();
    assert_eq!(
        tollgate_store::catalog::current_version(&mut connection)
            .await
            .unwrap(),
        Some(2)
    );
    assert_eq!(
        tollgate_store::catalog::find(&mut connection, 1)
            .await
            .unwrap(),
        Some(first)
    );
    let applied = tollgate_store::catalog::list(&mut connection, None, 10)
        .await
        .unwrap();
    let versions: Vec<_> = applied
        .iter()
        .map(|applied| (applied.version, &*applied.applied_by))
        .collect();
    assert_eq!(versions, [(2, "ann"), (1, "startup")]);

    let plans = rows(
        &store,
        "SELECT id, name, CAST(price_cents AS TEXT), CAST(monthly_quota AS TEXT), stripe_price_id,
                CASE WHEN is_active THEN 'active' ELSE 'closed' END
         FROM subscription_plans ORDER BY subscription_plans.price_cents",
        6,
    )
    .await;
    let price = |name| format!("price_STRIPE_PRICE_ID_{name}");
    assert_eq!(
        plans,
        [
            ["free", "Free", "0", "20", "-", "active"],
            ["basic", "Basic", "999", "150", &price("BASIC"), "active"],
            [
                "professional",
                "Professional",
                "2999",
                "500",
                &price("PROFESSIONAL"),
                "active"
            ],
            [
                "enterprise",
                "Enterprise",
                "9999",
                "2000",
                &price("ENTERPRISE"),
                "closed"
            ],
        ]
    );
}

async fn many_accounts_are_written_and_loaded_at_once(database: TestDatabase) {
    let mut world = World::new(&database).await;
    let mut accounts = Vec::new();
    let mut entries = Vec::new();
    for number in 0..300 {
        let mut account = Account::empty(customer(&format!("user_{number}")));
        assert!(account.open(&world.catalog, None, at(0)));
        for _ in 0..number % 3 {
            let decision = account.consume(&world.catalog, &consume(1, None), None, at(1));
            assert!(matches!(decision, Decision::Granted(_)));
        }
        entries.push(account.take_entries());
        accounts.push(account);
    }
    let mut positions = vec![0; accounts.len()];
    if world.store.engine() == Engine::Sqlite {
        let mut appended = Vec::new();
        for (index, (account, entries)) in accounts.iter().zip(&entries).enumerate() {
            for entry in entries {
                world.position += 1;
                let (position, previous) = (world.position, positions[index]);
                positions[index] = position;
                let customer = account.customer();
                appended.push(NewEntry {
                    position,
                    previous,
                    customer,
                    entry,
                });
            }
        }
        world.store.append(&appended).await.unwrap();
    }
    match world.store.engine() {
        Engine::Sqlite => {
            let mut rows = AccountRows::new();
            for (account, position) in accounts.iter().zip(&positions) {
                rows.push(account, account.version() - 1, *position);
            }
            assert_eq!((rows.len(), rows.is_empty()), (300, false));
            world.store.checkpoint(&rows, world.position).await.unwrap();
        }
        Engine::Postgres => {
            let written: Vec<_> = accounts.iter().cloned().zip(entries).collect();
            assert_eq!(commit(&world.store, &written).await, CommitOutcome::Written);
        }
    }
    let customers: Vec<_> = accounts
        .iter()
        .map(|account| account.customer().clone())
        .collect();
    let mut loaded = world.store.load(&customers).await.unwrap();
    loaded.sort_by_key(|stored| {
        customers
            .iter()
            .position(|id| id == stored.account.customer())
    });
    assert_eq!(loaded.len(), accounts.len());
    for (stored, account) in loaded.iter().zip(&accounts) {
        assert_eq!(&stored.account, account);
    }
    assert_eq!(world.store.versions(&customers).await.len(), 300);
}

#[tokio::test]
async fn what_was_not_committed_is_not_in_the_journal() {
    let database = TestDatabase::sqlite();
    let mut world = World::new(&database).await;
    let kept = world.open("user_1", at(0)).await;
    let mut next = kept.account.clone();
    assert!(matches!(
        next.consume(&world.catalog, &consume(1, None), None, at(1)),
        Decision::Granted(_)
    ));
    let entries = next.take_entries();
    let customer = next.customer();
    let appended = NewEntry {
        position: world.position + 1,
        previous: kept.position,
        customer,
        entry: &entries[0],
    };
    let mut transaction = world.store.begin().await.unwrap();
    journal::append(&mut transaction, &[appended])
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(world.store.tail().await, world.position);
    // A gap, a position twice and a chain that leads forward are refused.
    world.store.append(&[appended]).await.unwrap();
    let error = world.store.append(&[appended]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Conflict { table: "entries" }),
        "{error:?}"
    );
    let forward = NewEntry {
        position: world.position + 2,
        previous: world.position + 2,
        ..appended
    };
    let error = world.store.append(&[forward]).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Invariant {
                table: "entries",
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_journal_is_read_by_position_and_time() {
    let database = TestDatabase::sqlite();
    let mut world = World::new(&database).await;
    assert_eq!(world.store.tail().await, 0);
    assert_eq!(world.store.keys_since(at(0)).await, []);
    let mut kept = world.open("user_1", at(0)).await;
    let begin = world.position;
    for number in 0..10 {
        let key = keyed(&format!("key-{number}"));
        let decision = kept.account.consume(
            &world.catalog,
            &consume(1, None),
            Some(&key),
            at(10 * number),
        );
        assert!(matches!(decision, Decision::Granted(_)), "{decision:?}");
        world.write(&mut kept).await;
    }
    assert_eq!(world.store.tail().await, begin + 10);
    assert_eq!(world.store.checkpointed().await, begin + 10);

    let key = |number: i64| (begin + 1 + number, at(10 * number), format!("key-{number}"));
    assert_eq!(
        world.store.keys_since(at(70)).await,
        [key(7), key(8), key(9)]
    );
    assert_eq!(world.store.keys_since(at(91)).await, []);
    let mut reader = world.store.read().await.unwrap();
    let (keys, looked) = journal::keys(&mut reader, begin + 1, begin + 3)
        .await
        .unwrap();
    assert_eq!((keys.len(), looked), (2, begin + 3));

    let found = journal::at(&mut reader, begin + 6).await.unwrap().unwrap();
    assert_eq!(
        (&found.customer, &found.entry.keyed),
        (&customer("user_1"), &Some(keyed("key-5")))
    );
    assert_eq!(journal::at(&mut reader, begin + 11).await.unwrap(), None);
    assert_eq!(journal::at(&mut reader, 0).await.unwrap(), None);

    let mut connection = world.store.read().await.unwrap();
    for (instant, expected) in [
        (at(-1), 1),
        (at(10), begin + 2),
        (at(11), begin + 3),
        (at(91), begin + 11),
    ] {
        let first = journal::first_at(&mut connection, instant).await.unwrap();
        assert_eq!(first, expected, "{instant}");
    }
}

#[tokio::test]
async fn what_follows_the_checkpoint_is_found_after_a_restart() {
    let database = TestDatabase::sqlite();
    let mut world = World::new(&database).await;
    let mut kept = world.open("user_1", at(0)).await;
    let checkpoint = world.position;
    let decision = kept
        .account
        .consume(&world.catalog, &consume(3, None), None, at(1));
    assert!(matches!(decision, Decision::Granted(_)));
    let entries = kept.account.take_entries();
    let owner = kept.account.customer();
    let appended = NewEntry {
        position: checkpoint + 1,
        previous: kept.position,
        customer: owner,
        entry: &entries[0],
    };
    world.store.append(&[appended]).await.unwrap();
    world.store.close().await;

    let store = database.open().await.unwrap();
    assert_eq!(store.checkpointed().await, checkpoint);
    let page = journal::after(&mut store.read().await.unwrap(), checkpoint, 10)
        .await
        .unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(
        (&page[0].entry, page[0].previous),
        (&entries[0], kept.position)
    );
    let behind = store.load(&[customer("user_1")]).await.unwrap().remove(0);
    assert_eq!(behind.account.version() + 1, page[0].entry.number);

    assert_eq!(journal::recover(&store).await.unwrap(), 1);
    assert_eq!(journal::recover(&store).await.unwrap(), 0);
    let StoredAccount { account, position } =
        store.load(&[customer("user_1")]).await.unwrap().remove(0);
    assert_eq!(account, kept.account);
    assert_eq!(position, checkpoint + 1);
    assert_eq!(store.checkpointed().await, checkpoint + 1);
    // A checkpoint that comes late takes nothing back.
    store
        .checkpoint(&AccountRows::new(), checkpoint)
        .await
        .unwrap();
    assert_eq!(store.checkpointed().await, checkpoint + 1);
}

#[tokio::test]
async fn a_copy_holds_everything_and_is_private() {
    let database = TestDatabase::sqlite();
    let mut world = World::new(&database).await;
    let mut kept = world.busy("user_1", 0).await;
    let path = database.directory().unwrap().join("copy.db");
    world.store.back_up(&path).await.unwrap();
    let error = world.store.back_up(&path).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Driver { .. }),
        "a file is not written over: {error:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    world.consume_granted(&mut kept, at(LATER)).await;

    let address = format!("sqlite:{}", path.display());
    let copy = Store::open(&address, &tollgate_store::StoreOptions::default())
        .await
        .unwrap();
    let mut account = Account::empty(customer("user_1"));
    for recorded in journal::after(&mut copy.read().await.unwrap(), 0, 1_000)
        .await
        .unwrap()
    {
        account.apply(&recorded.entry).unwrap();
    }
    let loaded = copy.load(&[customer("user_1")]).await.unwrap().remove(0);
    assert_eq!(loaded.account, account);
    assert_eq!(copy.tail().await, copy.checkpointed().await);
    assert!(copy.tail().await < world.store.tail().await);
}

#[tokio::test]
async fn an_account_ahead_of_the_checkpoint_is_left_as_it_is() {
    let database = TestDatabase::sqlite();
    let mut world = World::new(&database).await;
    let first = world.busy("user_1", 0).await;
    let second = world.busy("user_2", LATER).await;
    // As when only some of the accounts were written before a crash.
    for behind in [
        "UPDATE checkpoints SET position = 3",
        "DELETE FROM accounts WHERE customer_id = 'user_2'",
    ] {
        let mut transaction = world.store.begin().await.unwrap();
        transaction
            .as_sqlite()
            .unwrap()
            .execute(behind)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
    assert_eq!(
        journal::recover(&world.store).await.unwrap(),
        u64::try_from(world.position - 3).unwrap()
    );
    world.assert_stored(&first).await;
    world.assert_stored(&second).await;
}

/// A commit of one consumption on each account.
fn consumed(
    catalog: &Catalog,
    accounts: &[Account],
    key: Option<&Keyed>,
) -> Vec<(Account, Vec<Entry>)> {
    accounts
        .iter()
        .map(|account| {
            let mut account = account.clone();
            let decision = account.consume(catalog, &consume(1, None), key, at(5));
            assert!(matches!(decision, Decision::Granted(_)), "{decision:?}");
            let entries = account.take_entries();
            (account, entries)
        })
        .collect()
}

async fn commit(store: &Store, accounts: &[(Account, Vec<Entry>)]) -> CommitOutcome {
    let mut commit = Commit::new();
    for (account, entries) in accounts {
        commit.push(account, entries);
    }
    assert_eq!(
        (commit.len(), commit.is_empty()),
        (accounts.len(), accounts.is_empty())
    );
    let transaction = store.begin_commit().await.unwrap();
    store.commit(transaction, &commit).await.unwrap()
}

/// The store's functions, each on a connection of its own.
trait Ask {
    async fn versions(&self, customers: &[CustomerId]) -> HashMap<CustomerId, u64>;
    async fn history(
        &self,
        newest: i64,
        before: Option<EventId>,
        filter: &HistoryFilter,
        limit: usize,
    ) -> HistoryPage;
    async fn find(&self, customer: &CustomerId, id: EventId) -> Option<Entry>;
    async fn tail(&self) -> i64;
    async fn checkpointed(&self) -> i64;
    async fn keys_since(&self, since: Timestamp) -> Vec<(i64, Timestamp, String)>;
}

impl Ask for Store {
    async fn versions(&self, customers: &[CustomerId]) -> HashMap<CustomerId, u64> {
        account::versions(&mut self.read().await.unwrap(), customers)
            .await
            .unwrap()
    }

    /// Of the first customer.
    async fn history(
        &self,
        newest: i64,
        before: Option<EventId>,
        filter: &HistoryFilter,
        limit: usize,
    ) -> HistoryPage {
        let mut reader = self.read().await.unwrap();
        entry::history(
            &mut reader,
            &customer("user_1"),
            newest,
            before,
            filter,
            limit,
        )
        .await
        .unwrap()
    }

    async fn find(&self, customer: &CustomerId, id: EventId) -> Option<Entry> {
        let found = entry::find(&mut self.read().await.unwrap(), customer, id)
            .await
            .unwrap();
        found.map(|found| found.entry)
    }

    async fn tail(&self) -> i64 {
        journal::tail(&mut self.read().await.unwrap())
            .await
            .unwrap()
            .position
    }

    async fn checkpointed(&self) -> i64 {
        journal::checkpointed(&mut self.read().await.unwrap())
            .await
            .unwrap()
    }

    async fn keys_since(&self, since: Timestamp) -> Vec<(i64, Timestamp, String)> {
        let mut reader = self.read().await.unwrap();
        let begin = journal::first_at(&mut reader, since).await.unwrap() - 1;
        let end = journal::tail(&mut reader).await.unwrap().position;
        let (keys, looked) = journal::keys(&mut reader, begin, end).await.unwrap();
        assert_eq!(looked, end);
        assert!(
            keys.iter()
                .all(|found| found.customer == customer("user_1"))
        );
        keys.into_iter()
            .map(|found| (found.position, found.at, found.keyed.key.to_string()))
            .collect()
    }
}

#[tokio::test]
async fn an_account_that_moved_is_not_written() {
    let database = TestDatabase::postgres().await;
    let mut world = World::new(&database).await;
    let first = world.open("user_1", at(0)).await.account;
    let second = world.open("user_2", at(0)).await.account;
    let one = consumed(&world.catalog, std::slice::from_ref(&first), None);
    let both = consumed(&world.catalog, &[first.clone(), second.clone()], None);
    assert_eq!(commit(&world.store, &one).await, CommitOutcome::Written);
    assert_eq!(
        commit(&world.store, &both).await,
        CommitOutcome::Partly(vec![customer("user_1")])
    );
    // Of the second commit only the other account is there, with what it holds.
    let versions = world
        .store
        .versions(&[customer("user_1"), customer("user_2")])
        .await;
    assert_eq!(versions[&customer("user_1")], first.version() + 1);
    assert_eq!(versions[&customer("user_2")], second.version() + 1);
    let names = [customer("user_1"), customer("user_2")];
    for stored in world.store.load(&names).await.unwrap() {
        let grants = stored.account.grants();
        let used: u64 = grants.iter().map(|grant| grant.parts().used).sum();
        assert_eq!(used, 1, "{}", stored.account.customer());
    }
    let (moved, entries) = &one[0];
    assert!(
        world
            .store
            .is_committed(moved.customer(), &entries[0])
            .await
            .unwrap()
    );
    let other = consumed(
        &world.catalog,
        std::slice::from_ref(&first),
        Some(&keyed("other")),
    );
    assert!(
        !world
            .store
            .is_committed(moved.customer(), &other[0].1[0])
            .await
            .unwrap()
    );
    assert!(
        world
            .store
            .is_committed(&customer("user_2"), &both[1].1[0])
            .await
            .unwrap()
    );
    // Where every account has moved there is nothing to commit.
    assert_eq!(
        commit(&world.store, &both).await,
        CommitOutcome::Moved(vec![customer("user_1"), customer("user_2")])
    );
}

#[tokio::test]
async fn the_keys_of_an_account_that_moved_are_not_written() {
    let database = TestDatabase::postgres().await;
    let mut world = World::new(&database).await;
    let first = world.open("user_1", at(0)).await.account;
    let second = world.open("user_2", at(0)).await.account;
    let one = consumed(&world.catalog, std::slice::from_ref(&first), None);
    assert_eq!(commit(&world.store, &one).await, CommitOutcome::Written);
    let key = keyed("retry-1");
    let both = consumed(&world.catalog, &[first, second], Some(&key));
    assert_eq!(
        commit(&world.store, &both).await,
        CommitOutcome::Partly(vec![customer("user_1")])
    );
    let asked = ["user_1", "user_2"].map(|name| (customer(name), key.key.clone()));
    let known = ledger::find_keys(&mut world.store.read().await.unwrap(), &asked)
        .await
        .unwrap();
    assert_eq!(known.keys().collect::<Vec<_>>(), [&asked[1]]);
}

#[tokio::test]
async fn locked_accounts_move_for_nobody_else() {
    let database = TestDatabase::postgres().await;
    let mut world = World::new(&database).await;
    let stale = world.open("user_1", at(0)).await.account;
    let names = [customer("user_1"), customer("user_2")];
    let mut transaction = world.store.begin_commit().await.unwrap();
    let loaded = ledger::load_locked(&mut transaction, &names).await.unwrap();
    let [locked] = &loaded[..] else {
        panic!("the other customer does not exist: {loaded:?}");
    };
    // Someone else comes while it is locked, waits, and finds that it has moved.
    let other = consumed(&world.catalog, std::slice::from_ref(&stale), None);
    let store = world.store.clone();
    let other = tokio::spawn(async move { commit(&store, &other).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(!other.is_finished());
    let mut mine = Commit::new();
    for (account, entries) in consumed(&world.catalog, std::slice::from_ref(&locked.account), None)
    {
        mine.push(&account, &entries);
    }
    let outcome = world.store.commit(transaction, &mine).await.unwrap();
    assert_eq!(outcome, CommitOutcome::Written);
    assert_eq!(
        other.await.unwrap(),
        CommitOutcome::Moved(vec![customer("user_1")])
    );
}

#[tokio::test]
async fn an_account_is_begun_once() {
    let database = TestDatabase::postgres().await;
    let world = World::new(&database).await;
    let begin = || {
        let mut account = Account::empty(customer("user_1"));
        assert!(account.open(&world.catalog, None, at(0)));
        let entries = account.take_entries();
        vec![(account, entries)]
    };
    assert_eq!(commit(&world.store, &begin()).await, CommitOutcome::Written);
    assert_eq!(
        commit(&world.store, &begin()).await,
        CommitOutcome::Moved(vec![customer("user_1")])
    );
}

#[tokio::test]
async fn a_key_has_one_effect() {
    let database = TestDatabase::postgres().await;
    let mut world = World::new(&database).await;
    let account = world.open("user_1", at(0)).await.account;
    let key = keyed("retry-1");
    let first = consumed(&world.catalog, std::slice::from_ref(&account), Some(&key));
    assert_eq!(commit(&world.store, &first).await, CommitOutcome::Written);
    let again = consumed(&world.catalog, &[first[0].0.clone()], Some(&key));
    let taken = CommitOutcome::Moved(vec![customer("user_1")]);
    assert_eq!(commit(&world.store, &again).await, taken);
    let asked = [
        (customer("user_1"), key.key.clone()),
        (customer("user_2"), key.key.clone()),
    ];
    let known = ledger::find_keys(&mut world.store.read().await.unwrap(), &asked)
        .await
        .unwrap();
    assert_eq!(known.len(), 1);
    let known = &known[&asked[0]];
    assert_eq!((&known.keyed, known.number), (&key, first[0].1[0].number));
    let mut reader = world.store.read().await.unwrap();
    let found = ledger::find(&mut reader, &customer("user_1"), known.number)
        .await
        .unwrap();
    assert_eq!(
        found.map(|found| found.entry).as_ref(),
        Some(&first[0].1[0])
    );
    let versions = world.store.versions(&[customer("user_1")]).await;
    assert_eq!(versions[&customer("user_1")], first[0].0.version());
    // Forgotten with age, it may be used again.
    let bucket = customer("user_1").bucket();
    assert_eq!(
        ledger::prune_keys(&mut reader, bucket, at(5), 10)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        ledger::prune_keys(&mut reader, bucket, at(6), 0)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        ledger::prune_keys(&mut reader, bucket, at(6), 10)
            .await
            .unwrap(),
        1
    );
    assert_eq!(commit(&world.store, &again).await, CommitOutcome::Written);
}

#[tokio::test]
async fn overlapping_commits_wait_and_never_deadlock() {
    let database = TestDatabase::postgres().await;
    let mut world = World::new(&database).await;
    let mut accounts = Vec::new();
    for number in 0..24 {
        accounts.push(world.open(&format!("user_{number}"), at(0)).await.account);
    }
    let begun = accounts[0].version();
    let catalog = std::sync::Arc::new(world.catalog.clone());
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let (store, catalog) = (world.store.clone(), std::sync::Arc::clone(&catalog));
            let mut names: Vec<_> = accounts
                .iter()
                .map(|account| account.customer().clone())
                .collect();
            // Each task has its own order and its own part.
            names.rotate_left(5 * task);
            if task % 2 == 1 {
                names.reverse();
            }
            names.truncate(16);
            tokio::spawn(async move {
                let mut written = 0;
                while written < 4 * names.len() {
                    let stored = store.load(&names).await.unwrap();
                    let mut loaded: Vec<_> =
                        stored.into_iter().map(|stored| stored.account).collect();
                    loaded.sort_by_key(|account| {
                        names.iter().position(|name| name == account.customer())
                    });
                    let writes = consumed(&catalog, &loaded, None);
                    written += match commit(&store, &writes).await {
                        CommitOutcome::Written => names.len(),
                        CommitOutcome::Partly(moved) => names.len() - moved.len(),
                        CommitOutcome::Moved(_) => 0,
                    };
                }
                written as u64
            })
        })
        .collect();
    let mut written = 0;
    for task in tasks {
        written += task.await.expect("no commit failed");
    }
    let names: Vec<_> = accounts
        .iter()
        .map(|account| account.customer().clone())
        .collect();
    let versions = world.store.versions(&names).await;
    let moved: u64 = versions.values().map(|version| version - begun).sum();
    assert_eq!(moved, written);
    let entries = count(
        &world.store,
        "SELECT COUNT(*) FROM entries WHERE kind = 'used'",
    )
    .await;
    assert_eq!(u64::try_from(entries), Ok(written));
}

async fn count(store: &Store, query: &'static str) -> i64 {
    let mut connection = store.read().await.unwrap();
    match store.engine() {
        Engine::Sqlite => connection
            .as_sqlite()
            .unwrap()
            .fetch_one(query)
            .await
            .unwrap()
            .get(0),
        Engine::Postgres => connection
            .as_postgres()
            .unwrap()
            .fetch_one(query)
            .await
            .unwrap()
            .get(0),
    }
}

/// The rows of a query whose columns are texts; an absent one shows as a dash.
async fn rows(store: &Store, query: &str, columns: usize) -> Vec<Vec<String>> {
    let mut connection = store.read().await.unwrap();
    let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    match store.engine() {
        Engine::Sqlite => {
            let rows = sqlx::query(AssertSqlSafe(query))
                .fetch_all(connection.as_sqlite().unwrap())
                .await
                .unwrap();
            rows.iter()
                .map(|row| (0..columns).map(|column| shown(row.get(column))).collect())
                .collect()
        }
        Engine::Postgres => {
            let rows = sqlx::query(AssertSqlSafe(query))
                .fetch_all(connection.as_postgres().unwrap())
                .await
                .unwrap();
            rows.iter()
                .map(|row| (0..columns).map(|column| shown(row.get(column))).collect())
                .collect()
        }
    }
}
