-- Accounts, what they hold, and the record of every change.
-- Every key of a customer's data begins with its bucket, so that one filter on it is one shard.
-- A row's CHECKs are the last guard of the invariants that the core keeps.

CREATE TABLE IF NOT EXISTS accounts (
    bucket              BIGINT NOT NULL CHECK (bucket BETWEEN 0 AND 1023),
    customer_id         TEXT NOT NULL,
    version             BIGINT NOT NULL,
    -- The version that the last write found: it writes only where it still stands.
    version_before      BIGINT NOT NULL CHECK (version_before >= 0),
    at                  BIGINT NOT NULL,
    -- Where the newest entry stands in the journal; 0 where there is none.
    position            BIGINT NOT NULL CHECK (position >= 0),
    time_zone           TEXT NOT NULL,
    next_grant          BIGINT NOT NULL CHECK (next_grant >= 1),
    next_due            BIGINT NOT NULL,
    subscription_number BIGINT,
    -- Small counters as JSON: what each meter counted in its period, caps, reversals.
    tallies             TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id),
    CHECK (version > version_before)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS accounts_by_due ON accounts (next_due);

CREATE TABLE IF NOT EXISTS subscriptions (
    bucket                 BIGINT NOT NULL,
    customer_id            TEXT NOT NULL,
    number                 BIGINT NOT NULL CHECK (number >= 1),
    id                     TEXT NOT NULL,
    plan_id                TEXT NOT NULL,
    plan_version           BIGINT NOT NULL CHECK (plan_version >= 1),
    price                  TEXT,
    billing_interval       TEXT NOT NULL CHECK (billing_interval IN ('month', 'year')),
    status                 TEXT NOT NULL,
    anchor                 BIGINT NOT NULL,
    current_period_start   BIGINT NOT NULL,
    current_period_end     BIGINT NOT NULL,
    pending_at             BIGINT,
    pending_plan_id        TEXT,
    pending_plan_version   BIGINT,
    pending_price          TEXT,
    cancel_at              BIGINT,
    stripe_customer_id     TEXT,
    stripe_subscription_id TEXT,
    stripe_price_id        TEXT,
    created_at             BIGINT NOT NULL,
    updated_at             BIGINT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number),
    CHECK (current_period_start < current_period_end)
);

CREATE TABLE IF NOT EXISTS grants (
    bucket         BIGINT NOT NULL,
    customer_id    TEXT NOT NULL,
    number         BIGINT NOT NULL CHECK (number >= 1),
    meter          TEXT NOT NULL,
    source         TEXT NOT NULL CHECK (source IN ('plan', 'rollover', 'top_up', 'promotion', 'adjustment')),
    amount         BIGINT NOT NULL CHECK (amount >= 0),
    nominal        BIGINT NOT NULL CHECK (nominal >= 0),
    used           BIGINT NOT NULL CHECK (used >= 0),
    held           BIGINT NOT NULL CHECK (held >= 0),
    expired        BIGINT NOT NULL CHECK (expired >= 0),
    revoked        BIGINT NOT NULL CHECK (revoked >= 0),
    used_before    BIGINT NOT NULL CHECK (used_before BETWEEN 0 AND used),
    created_at     BIGINT NOT NULL,
    starts_at      BIGINT NOT NULL,
    expires_at     BIGINT,
    priority       BIGINT NOT NULL,
    rollovers_left BIGINT,
    ended          BOOLEAN NOT NULL,
    -- Nothing can happen to it any more: it is not loaded with its account.
    closed         BOOLEAN NOT NULL,
    reference      TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number),
    CHECK (amount >= used + held + expired + revoked),
    CHECK (NOT ended OR amount = used + held + expired + revoked),
    CHECK (NOT closed OR (ended AND held = 0))
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS grants_open ON grants (bucket, customer_id) WHERE NOT closed;

CREATE TABLE IF NOT EXISTS holds (
    bucket      BIGINT NOT NULL,
    customer_id TEXT NOT NULL,
    number      BIGINT NOT NULL CHECK (number >= 1),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    on_expiry   TEXT NOT NULL CHECK (on_expiry IN ('release', 'settle')),
    member_id   TEXT,
    -- What was asked for, what is held for it, and what counts against caps, as JSON.
    uses        TEXT NOT NULL,
    units       TEXT NOT NULL,
    caps        TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number)
);

-- The record: only ever added to.
CREATE TABLE IF NOT EXISTS entries (
    bucket      BIGINT NOT NULL,
    customer_id TEXT NOT NULL,
    number      BIGINT NOT NULL CHECK (number >= 1),
    at          BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    key         TEXT,
    fingerprint BYTEA,
    body        TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, number)
);

-- Kept apart from the record and pruned by age.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    bucket      BIGINT NOT NULL,
    customer_id TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (bucket, customer_id, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON idempotency_keys (bucket, at);

-- One row for each feature of each consumption.
CREATE OR REPLACE VIEW usage_events AS
SELECT e.customer_id || '/' || e.number                                  AS id,
       e.customer_id                                                     AS customer_id,
       e.body::jsonb -> 'used' ->> 'member'                              AS member_id,
       u.value ->> 'feature'                                             AS feature,
       (u.value ->> 'amount')::BIGINT                                    AS amount,
       e.at                                                              AS created_at,
       to_char(to_timestamp(e.at / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM') AS month_key
FROM entries e
CROSS JOIN LATERAL jsonb_array_elements(e.body::jsonb -> 'used' -> 'uses') AS u (value)
WHERE e.kind = 'used';

-- One row for each meter of each customer; quota_limit is NULL where no grant sets one.
CREATE OR REPLACE VIEW usage_quotas AS
SELECT q.customer_id                                           AS customer_id,
       q.subscription_id                                       AS subscription_id,
       q.meter                                                 AS meter,
       q.period_start                                          AS period_start,
       q.period_end                                            AS period_end,
       SUM(GREATEST(g.nominal - g.revoked - g.used_before, 0))::BIGINT AS quota_limit,
       q.quota_used                                            AS quota_used,
       SUM(g.amount - g.used - g.held - g.expired - g.revoked)::BIGINT AS quota_remaining,
       COALESCE(SUM(CASE WHEN g.source = 'rollover' THEN GREATEST(g.nominal - g.revoked - g.used_before, 0) END), 0)::BIGINT
                                                               AS carryover_from_previous,
       q.updated_at                                            AS updated_at
FROM (
    SELECT a.bucket, a.customer_id, s.id AS subscription_id,
           m.value ->> 'meter' AS meter,
           (m.value -> 'period' ->> 'start')::BIGINT AS period_start,
           (m.value -> 'period' ->> 'end')::BIGINT AS period_end,
           (m.value ->> 'used')::BIGINT AS quota_used,
           a.at AS updated_at
    FROM accounts a
    CROSS JOIN LATERAL jsonb_array_elements(COALESCE(a.tallies::jsonb -> 'meters', '[]'::jsonb)) AS m (value)
    LEFT JOIN subscriptions s
        ON s.bucket = a.bucket AND s.customer_id = a.customer_id AND s.number = a.subscription_number
) AS q
LEFT JOIN grants g
    ON g.bucket = q.bucket AND g.customer_id = q.customer_id AND g.meter = q.meter
   AND NOT g.closed AND NOT g.ended AND g.starts_at <= q.updated_at
GROUP BY q.bucket, q.customer_id, q.subscription_id, q.meter, q.period_start, q.period_end, q.quota_used, q.updated_at;
