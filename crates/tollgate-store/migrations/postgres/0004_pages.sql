-- Visits to the pages: sessions of browsers, links that begin one, and tokens of widgets.

CREATE TABLE IF NOT EXISTS visits (
    -- SHA-256 of the secret, in hex digits.
    hash        TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('session', 'link', 'widget')),
    -- Who visits: a user of ours, a customer whom the host app knows, or the owner of this server.
    visitor     TEXT NOT NULL CHECK (visitor IN ('user', 'customer', 'owner')),
    user_id     TEXT,
    customer_id TEXT,
    member_id   TEXT,
    role        TEXT CHECK (role IN ('owner', 'admin', 'member')),
    -- Who let them in: a user, an API key, a command.
    opened_by   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    CHECK ((visitor = 'user') = (user_id IS NOT NULL)),
    CHECK ((visitor = 'customer') = (customer_id IS NOT NULL AND role IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS visits_by_expiry ON visits (expires_at);
CREATE INDEX IF NOT EXISTS visits_by_user ON visits (user_id);
