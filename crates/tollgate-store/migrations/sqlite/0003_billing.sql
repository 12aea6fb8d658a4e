-- Billing through Stripe: what it said, and what of it is done.

ALTER TABLE subscriptions ADD COLUMN grace_until INTEGER;
-- Of the default plan: the subscription in Stripe that it took the place of.
ALTER TABLE subscriptions ADD COLUMN fell_from TEXT;

-- Whose an object of Stripe is (cus_, cs_, pi_): the one authority for it. Only ever added to.
CREATE TABLE stripe_ids (
    id          TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    -- The payment that the object pays, if it is for units bought once.
    payment_id  TEXT
) STRICT, WITHOUT ROWID;

-- What Stripe last said of each customer.
CREATE TABLE stripe_customers (
    bucket             INTEGER NOT NULL,
    customer_id        TEXT NOT NULL,
    -- Counts the customers that we had in Stripe for it: after one was deleted comes the next.
    generation         INTEGER NOT NULL CHECK (generation >= 1),
    -- NULL until Stripe has answered.
    stripe_customer_id TEXT,
    -- Raised by every write: what was fetched before another write is not written over it.
    version            INTEGER NOT NULL CHECK (version >= 1),
    had_trial          INTEGER NOT NULL CHECK (had_trial IN (0, 1)),
    -- Stripe's word for the standing of the subscription that counts; NULL where there is none.
    status             TEXT,
    -- That subscription, as JSON.
    billed             TEXT,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (bucket, customer_id)
) STRICT, WITHOUT ROWID;

-- The one checkout of each kind that a customer has open. Its id is the idempotency key in Stripe.
CREATE TABLE checkouts (
    bucket      INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('subscription', 'top_up')),
    id          TEXT NOT NULL,
    -- What was asked for, as JSON: the same again leads to the same page.
    request     TEXT NOT NULL,
    payment_id  TEXT,
    -- NULL until Stripe has answered.
    session_id  TEXT,
    url         TEXT,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    PRIMARY KEY (bucket, customer_id, kind)
) STRICT, WITHOUT ROWID;

-- The inbox: every event that Stripe sent or that the sweep found, once.
CREATE TABLE stripe_events (
    id                 TEXT PRIMARY KEY,
    kind               TEXT NOT NULL,
    object_id          TEXT,
    stripe_customer_id TEXT,
    customer_id        TEXT,
    created_at         INTEGER NOT NULL,
    received_at        INTEGER NOT NULL,
    -- By webhook or by sweep.
    source             TEXT NOT NULL CHECK (source IN ('webhook', 'sweep')),
    payload            TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'ignored', 'parked', 'quarantined')),
    attempts           INTEGER NOT NULL CHECK (attempts >= 0),
    due_at             INTEGER NOT NULL,
    finished_at        INTEGER,
    note               TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_events_by_due ON stripe_events (state, due_at);
CREATE INDEX stripe_events_by_received ON stripe_events (received_at);

CREATE TABLE cancellations (
    bucket      INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    id          TEXT NOT NULL,
    plan_id     TEXT NOT NULL,
    feedback    TEXT,
    comment     TEXT,
    ends_at     INTEGER NOT NULL,
    undone_at   INTEGER,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (bucket, customer_id, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE one_time_payments ADD COLUMN topup TEXT NOT NULL DEFAULT '';
ALTER TABLE one_time_payments ADD COLUMN meter TEXT NOT NULL DEFAULT '';
ALTER TABLE one_time_payments ADD COLUMN stripe_session_id TEXT;
ALTER TABLE one_time_payments ADD COLUMN grant_number INTEGER;
ALTER TABLE one_time_payments ADD COLUMN expires_at INTEGER;
-- Units taken back, and units that should have been but were used.
ALTER TABLE one_time_payments ADD COLUMN quota_revoked INTEGER NOT NULL DEFAULT 0 CHECK (quota_revoked >= 0);
ALTER TABLE one_time_payments ADD COLUMN quota_owed INTEGER NOT NULL DEFAULT 0 CHECK (quota_owed >= 0);
ALTER TABLE one_time_payments ADD COLUMN refunded_cents INTEGER NOT NULL DEFAULT 0 CHECK (refunded_cents >= 0);
ALTER TABLE one_time_payments ADD COLUMN dispute TEXT NOT NULL DEFAULT 'none' CHECK (dispute IN ('none', 'open', 'lost'));
ALTER TABLE one_time_payments ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
