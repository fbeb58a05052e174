-- Purpose: what a provider gives us and changes by itself: tokens that rotate, templates that it approved, and quotas.

-- Grain: one row a tenant and provider whose tokens rotate: the pair that holds now. Both tokens are sealed with a key that is
-- not in the database. Who renews holds the row's lock from before the provider is asked until the new pair is committed.
CREATE TABLE activation.provider_token (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    -- Null until the first renewal where a person gave only a refresh token.
    access_token bytea,
    access_until timestamptz,
    refresh_token bytea NOT NULL,
    refresh_until timestamptz NOT NULL,
    -- Raised with every new pair, so that of several workers one renews and the others see that it did.
    generation bigint NOT NULL DEFAULT 1,
    rotated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A renewal that began and was not heard of again: the provider may have spent the refresh token.
    renewing_since timestamptz,
    -- The refresh token is refused: only a person's authorisation helps.
    lost_at timestamptz,
    lost_reason text,
    -- SHA-256 of every refresh token that a person gave: none is taken twice, since each can be used once.
    grant_marks bytea[] NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    granted_by text NOT NULL,
    PRIMARY KEY (tenant_id, provider),
    CHECK ((lost_at IS NULL) = (lost_reason IS NULL)),
    CHECK ((access_token IS NULL) = (access_until IS NULL))
);
CALL ops.protect('activation.provider_token');
REVOKE ALL ON activation.provider_token FROM leo_loader, leo_report_owner;
REVOKE DELETE ON activation.provider_token FROM leo_writer;

-- Grain: one row a template that a provider keeps, as its own list told last. A template that the list no longer names stays,
-- with gone_at, because deliveries name it.
CREATE TABLE activation.provider_template (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    provider_template_id text NOT NULL,
    name text NOT NULL,
    status text NOT NULL CHECK (status IN ('approved', 'in_review', 'rejected', 'disabled', 'deleted', 'unknown')),
    tag text CHECK (tag IN ('transaction', 'customer_care', 'promotion')),
    quality text CHECK (quality IN ('high', 'medium', 'low')),
    -- What one message costs, in dong, to a phone number and to a user's id; null: it cannot be sent so, or nothing was told.
    price_by_phone integer CHECK (price_by_phone >= 0),
    price_by_user integer CHECK (price_by_user >= 0),
    -- [{name, required, type, min_length, max_length}]; lengths in characters, null: not told.
    parameters jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(parameters) = 'array'),
    -- Messages a day by this template alone, and how many are left; null: only the account's quota bounds it.
    daily_quota integer CHECK (daily_quota >= 0),
    remaining_quota integer CHECK (remaining_quota >= 0),
    synced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    gone_at timestamptz,
    PRIMARY KEY (tenant_id, provider, provider_template_id)
);
CALL ops.protect('activation.provider_template');
REVOKE DELETE ON activation.provider_template FROM leo_loader, leo_writer;

-- Grain: one row a tenant and provider that tells its quota: messages a day and promotions a month, as it told last.
CREATE TABLE activation.provider_quota (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    daily integer,
    daily_remaining integer,
    promotions_a_month integer,
    promotions_remaining integer,
    quality text CHECK (quality IN ('high', 'medium', 'low')),
    read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, provider)
);
CALL ops.protect('activation.provider_quota');
