-- Purpose: how fast messages may leave: token buckets, rests of providers, and the slow start of a new sender.

-- Grain: one row a tenant, provider and receiving domain ('' is the provider as a whole): a token bucket. A claim takes a
-- token for each delivery. Without per_second the bucket is bottomless, and only a ceiling bounds it.
CREATE TABLE activation.rate_limit (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    domain text NOT NULL DEFAULT '' CHECK (domain = lower(domain)),
    per_second double precision CHECK (per_second > 0),
    capacity double precision CHECK (capacity >= 1),
    -- As of updated_at; what has flowed in since is worked out when tokens are taken.
    tokens double precision NOT NULL DEFAULT 0 CHECK (tokens >= 0),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What the provider's own answer leaves us until its window ends, less what was claimed since.
    ceiling integer CHECK (ceiling >= 0),
    ceiling_until timestamptz,
    -- Who set the rate; null: it is the program's own, and follows it.
    set_by text,
    PRIMARY KEY (tenant_id, provider, domain),
    CHECK ((per_second IS NULL) = (capacity IS NULL)),
    CHECK ((ceiling IS NULL) = (ceiling_until IS NULL))
);
CALL ops.protect('activation.rate_limit');

-- Grain: one row a sender, provider and receiving domain ('' is all of them) that starts slowly: so many messages a day,
-- by the day since its first. After the last of daily nothing bounds it any more. Days are those of UTC.
CREATE TABLE activation.ramp (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    provider text NOT NULL,
    -- The domain that sends, of the sender's address.
    sender text NOT NULL,
    domain text NOT NULL DEFAULT '' CHECK (domain = lower(domain)),
    daily integer[] NOT NULL CHECK (0 < ALL (daily)),
    first_sent_on date,
    -- The day of the last claim, and how many were taken on it.
    day date,
    taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    set_by text,
    PRIMARY KEY (tenant_id, provider, sender, domain)
);
CALL ops.protect('activation.ramp');

-- Grain: one row a rest of a provider: nothing of the tenant's is given to it. until null: until a person releases it.
CREATE TABLE activation.provider_pause (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    pause_id bigint GENERATED ALWAYS AS IDENTITY,
    provider text NOT NULL,
    reason text NOT NULL,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz,
    released_at timestamptz,
    released_by text,
    PRIMARY KEY (tenant_id, pause_id)
);
CREATE UNIQUE INDEX one_open_pause_a_provider ON activation.provider_pause (tenant_id, provider)
    WHERE released_at IS NULL;
CALL ops.protect('activation.provider_pause');
REVOKE DELETE ON activation.provider_pause FROM leo_loader, leo_writer;

-- What the bucket holds now, whole and part; null: no bound.
CREATE FUNCTION activation.tokens_now(bucket activation.rate_limit)
    RETURNS double precision
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT least(
        bucket.capacity,
        bucket.tokens + bucket.per_second
            * greatest(0, extract(epoch FROM clock_timestamp() - bucket.updated_at)::double precision),
        CASE WHEN bucket.ceiling_until > clock_timestamp() THEN bucket.ceiling END
    );
END;

-- How many messages the sender may still begin today; null: no bound.
CREATE FUNCTION activation.ramp_rest(ramp activation.ramp)
    RETURNS integer
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT greatest(
        0,
        ramp.daily[1 + today.day - coalesce(ramp.first_sent_on, today.day)]
            - CASE WHEN ramp.day = today.day THEN ramp.taken ELSE 0 END
    )
    FROM (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day) AS today
    WHERE today.day - coalesce(ramp.first_sent_on, today.day) < cardinality(ramp.daily);
END;

-- Why a provider takes nothing now, if it does not; until is 'infinity' where a person has to release it.
CREATE FUNCTION activation.pause_of(tenant text, of_provider text)
    RETURNS TABLE (reason text, until timestamptz)
    LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT pause.reason, coalesce(pause.until, 'infinity')
    FROM activation.provider_pause AS pause
    WHERE pause.tenant_id = tenant AND pause.provider = of_provider AND pause.released_at IS NULL
      AND (pause.until IS NULL OR pause.until > clock_timestamp());
END;
GRANT EXECUTE ON FUNCTION activation.tokens_now, activation.ramp_rest, activation.pause_of TO leo_loader, leo_writer;

-- A reaper and every claim look for deliveries whose time is over.
CREATE INDEX delivery_send_by ON activation.delivery (tenant_id, send_by)
    WHERE state IN ('ready', 'retry') AND send_by IS NOT NULL;
