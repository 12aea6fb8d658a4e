-- Accounts, what they hold, and the record of every change.
-- Every key of a customer's data begins with its bucket, so that one filter on it is one shard.
-- A row's CHECKs are the last guard of the invariants that the core keeps.

CREATE TABLE accounts (
    bucket              INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    customer_id         TEXT NOT NULL,
    version             INTEGER NOT NULL,
    -- The version that the last write found: it writes only where it still stands.
    version_before      INTEGER NOT NULL CHECK (version_before >= 0),
    at                  INTEGER NOT NULL,
    -- Where the newest entry stands in the journal; 0 where there is none.
    position            INTEGER NOT NULL CHECK (position >= 0),
    time_zone           TEXT NOT NULL,
    next_grant          INTEGER NOT NULL CHECK (next_grant >= 1),
    next_due            INTEGER NOT NULL,
    subscription_number INTEGER,
    -- Small counters as JSON: what each meter counted in its period, caps, reversals.
    tallies             TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id),
    CHECK (version > version_before)
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_due ON accounts (next_due);

CREATE TABLE subscriptions (
    bucket                 INTEGER NOT NULL,
    customer_id            TEXT NOT NULL,
    number                 INTEGER NOT NULL CHECK (number >= 1),
    id                     TEXT NOT NULL,
    plan_id                TEXT NOT NULL,
    plan_version           INTEGER NOT NULL CHECK (plan_version >= 1),
    price                  TEXT,
    billing_interval       TEXT NOT NULL CHECK (billing_interval IN ('month', 'year')),
    status                 TEXT NOT NULL,
    anchor                 INTEGER NOT NULL,
    current_period_start   INTEGER NOT NULL,
    current_period_end     INTEGER NOT NULL,
    pending_at             INTEGER,
    pending_plan_id        TEXT,
    pending_plan_version   INTEGER,
    pending_price          TEXT,
    cancel_at              INTEGER,
    stripe_customer_id     TEXT,
    stripe_subscription_id TEXT,
    stripe_price_id        TEXT,
    created_at             INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL,
    PRIMARY KEY (bucket, customer_id, number),
    CHECK (current_period_start < current_period_end)
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
    bucket         INTEGER NOT NULL,
    customer_id    TEXT NOT NULL,
    number         INTEGER NOT NULL CHECK (number >= 1),
    meter          TEXT NOT NULL,
    source         TEXT NOT NULL CHECK (source IN ('plan', 'rollover', 'top_up', 'promotion', 'adjustment')),
    amount         INTEGER NOT NULL CHECK (amount >= 0),
    nominal        INTEGER NOT NULL CHECK (nominal >= 0),
    used           INTEGER NOT NULL CHECK (used >= 0),
    held           INTEGER NOT NULL CHECK (held >= 0),
    expired        INTEGER NOT NULL CHECK (expired >= 0),
    revoked        INTEGER NOT NULL CHECK (revoked >= 0),
    used_before    INTEGER NOT NULL CHECK (used_before BETWEEN 0 AND used),
    created_at     INTEGER NOT NULL,
    starts_at      INTEGER NOT NULL,
    expires_at     INTEGER,
    priority       INTEGER NOT NULL,
    rollovers_left INTEGER,
    ended          INTEGER NOT NULL CHECK (ended IN (0, 1)),
    -- Nothing can happen to it any more: it is not loaded with its account.
    closed         INTEGER NOT NULL CHECK (closed IN (0, 1)),
    reference      TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number),
    CHECK (amount >= used + held + expired + revoked),
    CHECK (NOT ended OR amount = used + held + expired + revoked),
    CHECK (NOT closed OR (ended AND held = 0))
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_open ON grants (bucket, customer_id, closed);

CREATE TABLE holds (
    bucket      INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number >= 1),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    on_expiry   TEXT NOT NULL CHECK (on_expiry IN ('release', 'settle')),
    member_id   TEXT,
    -- What was asked for, what is held for it, and what counts against caps, as JSON.
    uses        TEXT NOT NULL,
    units       TEXT NOT NULL,
    caps        TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number)
) STRICT, WITHOUT ROWID;

-- The record, only ever added to, in the order of its commits. It has no index: each entry names
-- the position of the same customer's entry before it, and times rise with positions.
CREATE TABLE entries (
    position    INTEGER PRIMARY KEY,
    previous    INTEGER NOT NULL CHECK (previous BETWEEN 0 AND position - 1),
    customer_id TEXT NOT NULL,
    number      INTEGER NOT NULL CHECK (number >= 1),
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT,
    fingerprint BLOB,
    body        TEXT NOT NULL
) STRICT;

-- Up to where the record is in the accounts; what follows is brought in at the next start.
CREATE TABLE checkpoints (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL CHECK (position >= 0)
) STRICT;
INSERT INTO checkpoints (id, position) VALUES (1, 0);

-- One row for each feature of each consumption.
CREATE VIEW usage_events AS
SELECT e.customer_id || '/' || e.number                AS id,
       e.customer_id                                   AS customer_id,
       e.body ->> '$.used.member'                      AS member_id,
       u.value ->> '$.feature'                         AS feature,
       u.value ->> '$.amount'                          AS amount,
       e.at                                            AS created_at,
       strftime('%Y-%m', e.at / 1000000, 'unixepoch')  AS month_key
FROM entries e, json_each(e.body, '$.used.uses') u
WHERE e.kind = 'used';

-- One row for each meter of each customer, as of the last checkpoint; quota_limit is NULL where no
-- grant sets one.
CREATE VIEW usage_quotas AS
SELECT q.customer_id                                             AS customer_id,
       q.subscription_id                                         AS subscription_id,
       q.meter                                                   AS meter,
       q.period_start                                            AS period_start,
       q.period_end                                              AS period_end,
       SUM(MAX(g.nominal - g.revoked - g.used_before, 0))        AS quota_limit,
       q.quota_used                                              AS quota_used,
       SUM(g.amount - g.used - g.held - g.expired - g.revoked)   AS quota_remaining,
       COALESCE(SUM(CASE WHEN g.source = 'rollover' THEN MAX(g.nominal - g.revoked - g.used_before, 0) END), 0)
                                                                 AS carryover_from_previous,
       q.updated_at                                              AS updated_at
FROM (
    SELECT a.bucket, a.customer_id, s.id AS subscription_id,
           m.value ->> '$.meter' AS meter,
           m.value ->> '$.period.start' AS period_start,
           m.value ->> '$.period.end' AS period_end,
           m.value ->> '$.used' AS quota_used,
           a.at AS updated_at
    FROM accounts a, json_each(a.tallies, '$.meters') m
    LEFT JOIN subscriptions s
        ON s.bucket = a.bucket AND s.customer_id = a.customer_id AND s.number = a.subscription_number
) AS q
LEFT JOIN grants g
    ON g.bucket = q.bucket AND g.customer_id = q.customer_id AND g.meter = q.meter
   AND NOT g.closed AND NOT g.ended AND g.starts_at <= q.updated_at
GROUP BY q.bucket, q.customer_id, q.meter;
