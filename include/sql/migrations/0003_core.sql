-- Purpose: the customers, what they did, what they agreed to and where they can be reached.

-- Grain: one row a resolved person. graph_key is the surrogate behind the graph id of the Customer vertex.
CREATE TABLE core.customer (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    customer_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, customer_id),
    UNIQUE (graph_key)
);
CALL ops.protect('core.customer');

-- Grain: one row a record of the source. Several profiles may belong to one customer; the primary one speaks for it.
CREATE TABLE core.profile (
    tenant_id text NOT NULL,
    profile_id text NOT NULL,
    customer_id text NOT NULL,
    is_primary boolean NOT NULL DEFAULT true,
    first_name text,
    last_name text,
    email text,
    phone text,
    gender text CHECK (gender IN ('female', 'male', 'other')),
    date_of_birth date,
    age smallint CHECK (age BETWEEN 0 AND 120),
    language text,
    country char(2),
    city text,
    time_zone text,
    time_zone_source text CHECK (time_zone_source IN ('profile', 'city', 'country', 'phone')),
    funnel_stage text,
    favorite_color text,
    total_spent_minor bigint,
    keywords text[] NOT NULL DEFAULT '{}',
    scores jsonb NOT NULL DEFAULT '{}',
    ext_attributes jsonb NOT NULL DEFAULT '{}',
    source_rev text NOT NULL,
    source_created_at timestamptz,
    source_updated_at timestamptz,
    ingested_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, profile_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer
);
CREATE INDEX ON core.profile (tenant_id, customer_id);
CREATE UNIQUE INDEX one_primary_profile ON core.profile (tenant_id, customer_id) WHERE is_primary AND deleted_at IS NULL;
COMMENT ON COLUMN core.profile.source_rev IS 'ArangoDB''s _rev, or a hash of the row for sources without one.';
CALL ops.protect('core.profile');

-- Grain: one row a product of the tenant's catalogue.
CREATE TABLE core.product (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    product_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    category text,
    brand text,
    price_minor bigint,
    currency char(3),
    keywords text[] NOT NULL DEFAULT '{}',
    source_rev text NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, product_id),
    UNIQUE (graph_key)
);
CALL ops.protect('core.product');

-- Grain: one row a metric by which the tenant's events are named: what it is called here, and what it is worth as a
-- sign of interest.
CREATE TABLE core.event_metric (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    metric_name text NOT NULL,
    event_type text NOT NULL,
    score double precision NOT NULL,
    PRIMARY KEY (tenant_id, metric_name)
);
CALL ops.protect('core.event_metric');

-- Grain: one row an event and item: an order of three items is three rows of one event_id. event_key is unique even
-- where the source's own event_id is not. quantity, value and price are of the item; money in minor units of currency.
CREATE TABLE core.event (
    tenant_id text NOT NULL,
    event_key text NOT NULL,
    event_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    profile_id text NOT NULL,
    event_type text NOT NULL,
    metric_name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    ingested_at timestamptz NOT NULL DEFAULT now(),
    product_id text,
    color text,
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity >= 0),
    price_minor bigint CHECK (price_minor >= 0),
    value_minor bigint,
    currency char(3),
    order_id text,
    campaign_ref text,
    source_rev text NOT NULL,
    PRIMARY KEY (tenant_id, occurred_at, event_key)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX ON core.event (tenant_id, profile_id, event_type, occurred_at);
CREATE INDEX ON core.event (tenant_id, event_type, product_id, occurred_at);
COMMENT ON COLUMN core.event.event_type IS
    'view, add_to_cart, purchase, return, refund, cancel, email_open, email_click, or the source''s own metric name.';
CALL ops.protect('core.event');

-- Makes the monthly partitions that events between two moments need; the loader owns no table, so this runs as owner.
CREATE FUNCTION core.ensure_event_partitions(first_at timestamptz, last_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
    month timestamptz;
    made integer := 0;
BEGIN
    IF last_at - first_at > interval '30 years' THEN
        RAISE EXCEPTION 'events span more than 30 years: % to %', first_at, last_at;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('core.ensure_event_partitions'));
    FOR month IN SELECT generate_series(date_trunc('month', first_at), last_at, interval '1 month') LOOP
        IF to_regclass('core.event_' || to_char(month, 'YYYYMM')) IS NULL THEN
            EXECUTE format('CREATE TABLE core.%I PARTITION OF core.event FOR VALUES FROM (%L) TO (%L)',
                           'event_' || to_char(month, 'YYYYMM'), month, month + interval '1 month');
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION core.ensure_event_partitions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION core.ensure_event_partitions TO leo_loader;

-- Grain: one row a statement of consent, append-only: the latest by (since, consent_id) holds. Unknown is no.
CREATE TABLE core.consent (
    tenant_id text NOT NULL,
    consent_id bigint GENERATED ALWAYS AS IDENTITY,
    profile_id text NOT NULL,
    -- A channel, or 'any' for purposes that need none (profiling).
    channel text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('marketing', 'transactional', 'profiling')),
    state text NOT NULL CHECK (state IN ('granted', 'denied', 'unknown')),
    legal_basis text NOT NULL,
    evidence text NOT NULL,
    source text NOT NULL,
    since timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, consent_id),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES core.profile
);
CREATE INDEX ON core.consent (tenant_id, profile_id, channel, purpose, since DESC, consent_id DESC);
CALL ops.protect('core.consent');
REVOKE UPDATE ON core.consent FROM leo_loader, leo_writer;

-- Grain: one row a profile, channel and address. address is normalised; address_hash is its keyed hash.
CREATE TABLE core.channel_address (
    tenant_id text NOT NULL,
    profile_id text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'zalo', 'messenger', 'mobile_push', 'web_push')),
    address text NOT NULL,
    address_hash bytea NOT NULL,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
    retired_reason text,
    last_interaction_at timestamptz,
    PRIMARY KEY (tenant_id, profile_id, channel, address),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES core.profile
);
CREATE INDEX ON core.channel_address (tenant_id, channel, address_hash);
CALL ops.protect('core.channel_address');

-- Grain: one row a suppressed address. Keyed by the address's hash alone, so that it outlives merges, erasure and
-- re-syncs of the person.
CREATE TABLE core.suppression (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    reason text NOT NULL CHECK (reason IN ('unsubscribed', 'bounced', 'complained', 'objected', 'erased')),
    source text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, channel, address_hash)
);
CALL ops.protect('core.suppression');

-- The keyed hash under which an address is remembered: HMAC-SHA-256 (RFC 2104) of '<channel>:<normalised address>'.
CREATE FUNCTION core.address_hash(channel text, address text, key bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN public.hmac(convert_to(channel || ':' || address, 'UTF8'), key, 'sha256');
GRANT EXECUTE ON FUNCTION core.address_hash TO leo_loader, leo_writer;

-- How the texts of a source are read. Every check is total: any text gives true or false, null gives null.

-- A date or moment as ISO 8601 writes it, between 2000 and 2100; without a zone it is in UTC. Dates before 2000 are
-- errors in the systems read here, and the years bound the number of partitions.
CREATE FUNCTION core.is_moment(value text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN value ~ '^20\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?( ?(Z|[+-]\d\d(:?\d\d)?))?)?$'
        AND pg_input_is_valid(value, 'timestamptz');

-- A day of a calendar, of birth for example.
CREATE FUNCTION core.is_day(value text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN value ~ '^(19|20)\d\d-\d\d-\d\d([T ].*)?$' AND pg_input_is_valid(left(value, 10), 'date');

-- A decimal number of at most 13 digits before the point, of any sign.
CREATE FUNCTION core.is_number(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value ~ '^[+-]?\d{1,13}(\.\d{1,18})?$';

-- An e-mail address as the HTML standard defines one (input type=email), with a domain of two labels or more; letters
-- of every language are allowed.
CREATE FUNCTION core.is_email(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value ~ '^[[:alnum:].!#$%&''*+/=?^_`{|}~-]+@[[:alnum:]]([[:alnum:]-]{0,61}[[:alnum:]])?(\.[[:alnum:]]([[:alnum:]-]{0,61}[[:alnum:]])?)+$'
        AND length(value) <= 254 AND value !~ '(^\.|\.\.|\.@)';

-- The form of an e-mail address that is compared and hashed: trimmed, the domain in lower case. The part before the @
-- is kept: whether its case matters is the receiving server's affair.
CREATE FUNCTION core.normal_email(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(btrim(value), '@[^@]*$', '') || lower(substring(btrim(value) FROM '@[^@]*$'));

-- A telephone number in E.164 (+, country, number), or null where it is none. Numbers without the international + or
-- 00 are read as those of a country, by its calling code and the digit dialled before a national number.
CREATE FUNCTION core.normal_phone(value text, calling_code text, trunk_prefix text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT international
    FROM (SELECT regexp_replace(value, '(?!^\+)\D', '', 'g') AS dialled) AS cleaned
    CROSS JOIN LATERAL (SELECT CASE
        WHEN dialled LIKE '+%' THEN dialled
        WHEN dialled LIKE '00%' THEN '+' || substr(dialled, 3)
        WHEN trunk_prefix <> '' AND starts_with(dialled, trunk_prefix)
            THEN '+' || calling_code || substr(dialled, length(trunk_prefix) + 1)
        WHEN starts_with(dialled, calling_code) AND length(dialled) >= length(calling_code) + 8 THEN '+' || dialled
        ELSE '+' || calling_code || dialled
    END AS international) AS formed
    WHERE international ~ '^\+[1-9]\d{7,14}$';
END;

-- How many decimal places a currency has (ISO 4217).
CREATE FUNCTION core.minor_units(currency text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND',
                          'VUV', 'XAF', 'XOF', 'XPF') THEN 0
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        ELSE 2
    END;

-- An amount in minor units, rounded half away from zero.
CREATE FUNCTION core.to_minor(amount text, minor_units integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN round(amount::numeric * power(10::numeric, minor_units))::bigint;
