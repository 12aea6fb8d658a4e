-- What reports count, folded from the record; it can be thrown away and folded again at any time.

-- How far the record is folded.
CREATE TABLE report_progress (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    -- Raised whenever everything is thrown away: what was folded for an earlier one counts nothing.
    generation   INTEGER NOT NULL CHECK (generation >= 1),
    -- Up to where in the journal; 0 where there is none.
    position     INTEGER NOT NULL CHECK (position >= 0),
    -- Everything that happened before is counted.
    caught_up_at INTEGER NOT NULL
) STRICT;
INSERT INTO report_progress (id, generation, position, caught_up_at) VALUES (1, 1, 0, 0);

-- What is known of each customer, as JSON.
CREATE TABLE report_customers (
    bucket        INTEGER NOT NULL,
    customer_id   TEXT NOT NULL,
    -- The last entry that is folded.
    number        INTEGER NOT NULL,
    -- The number that the last write found: it writes only where it still stands.
    number_before INTEGER NOT NULL CHECK (number_before >= 0),
    state         TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id),
    CHECK (number > number_before)
) STRICT, WITHOUT ROWID;

-- When each member last used something; the customer itself is the member without a name.
CREATE TABLE report_members (
    bucket      INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    member_id   TEXT NOT NULL,
    -- The first day of the month, in days since 1970.
    month       INTEGER NOT NULL,
    plan_id     TEXT NOT NULL,
    PRIMARY KEY (bucket, customer_id, member_id)
) STRICT, WITHOUT ROWID;

-- Counters that are only ever added to, by day and by month; in days since 1970, UTC.
CREATE TABLE report_days (
    day     INTEGER NOT NULL,
    measure TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    detail  TEXT NOT NULL,
    value   INTEGER NOT NULL,
    PRIMARY KEY (day, measure, plan_id, detail)
) STRICT, WITHOUT ROWID;
CREATE TABLE report_months (
    month   INTEGER NOT NULL,
    measure TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    detail  TEXT NOT NULL,
    value   INTEGER NOT NULL,
    PRIMARY KEY (month, measure, plan_id, detail)
) STRICT, WITHOUT ROWID;

-- Paid subscriptions and trials that ended, and left the customer without either.
CREATE TABLE report_ends (
    bucket      INTEGER NOT NULL,
    customer_id TEXT NOT NULL,
    number      INTEGER NOT NULL,
    standing    TEXT NOT NULL CHECK (standing IN ('paid', 'trialing')),
    plan_id     TEXT NOT NULL,
    began_at    INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    month       INTEGER NOT NULL,
    -- When the customer had left before; -1 for never.
    previous_at INTEGER NOT NULL,
    PRIMARY KEY (bucket, customer_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_ends_by_end ON report_ends (ended_at);

-- With all that a report adds up, so that it reads nothing else.
CREATE INDEX one_time_payments_by_age ON one_time_payments
    (created_at, status, topup, currency, customer_id, amount_cents, refunded_cents, quota_purchased);
CREATE INDEX cancellations_by_end ON cancellations (ends_at);
