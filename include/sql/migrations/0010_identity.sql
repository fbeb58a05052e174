-- Purpose: who is the same person and who lives together: what identities are shared, what a person decided about them,
-- and each merge so that it can be undone (docs/concepts/identity.md). No table here holds an identity itself.

-- Grain: one row a profile, kind and value that it is known by. value_hash is keyed (core.identity_hash). kind 'home' is
-- an address and makes households, never customers.
CREATE TABLE core.identity (
    tenant_id text NOT NULL,
    profile_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'crm', 'email', 'phone', 'loyalty', 'fintech', 'zalo', 'facebook', 'same_person', 'home')),
    value_hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, profile_id, kind, value_hash),
    FOREIGN KEY (tenant_id, profile_id) REFERENCES core.profile
);
CREATE INDEX ON core.identity (tenant_id, kind, value_hash, profile_id);
COMMENT ON COLUMN core.identity.kind IS
    'same_person: the source says itself that two of its records are one person; the value is its edge.';
CALL ops.protect('core.identity');

-- The keyed hash by which a value of an identity is remembered; apart from the hashes of addresses, so that the one
-- cannot be looked up by the other.
CREATE FUNCTION core.identity_hash(kind text, value text, key bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN public.hmac(convert_to('identity:' || kind || ':' || value, 'UTF8'), key, 'sha256');
GRANT EXECUTE ON FUNCTION core.identity_hash TO leo_loader, leo_writer;

-- Grain: one row a value that joins nobody.
CREATE TABLE core.identity_block (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    kind text NOT NULL,
    value_hash bytea NOT NULL,
    reason text NOT NULL,
    blocked_by text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, kind, value_hash)
);
CALL ops.protect('core.identity_block');

-- Grain: one row a question that a person has to decide: whether the profiles that share a value, or that hang together,
-- are one person. They stay apart until it is approved. subject names the question, so that it is asked once.
CREATE TABLE core.identity_case (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    case_id bigint GENERATED ALWAYS AS IDENTITY,
    subject text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('shared_by_many', 'two_crm_records', 'large_cluster', 'split_before')),
    -- Of a case about one value; null where it is about a cluster.
    kind text,
    value_hash bytea,
    profiles bigint NOT NULL,
    kinds text[] NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'refused', 'lapsed')),
    opened_at timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    decided_at timestamptz,
    PRIMARY KEY (tenant_id, case_id),
    UNIQUE (tenant_id, subject),
    CHECK ((kind IS NULL) = (value_hash IS NULL))
);
COMMENT ON COLUMN core.identity_case.state IS 'lapsed: the source changed, and there is nothing to decide any more.';
CREATE INDEX ON core.identity_case (tenant_id, kind, value_hash);
CALL ops.protect('core.identity_case');

-- Grain: one row a profile of a case about a cluster; those of a value are found by it.
CREATE TABLE core.identity_case_profile (
    tenant_id text NOT NULL,
    case_id bigint NOT NULL,
    profile_id text NOT NULL,
    PRIMARY KEY (tenant_id, case_id, profile_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES core.identity_case
);
CREATE INDEX ON core.identity_case_profile (tenant_id, profile_id);
CALL ops.protect('core.identity_case_profile');

-- Grain: one row a time that a customer was absorbed by another. Open (undone_at is null) while it is so.
CREATE TABLE core.customer_merge (
    tenant_id text NOT NULL,
    merge_id bigint GENERATED ALWAYS AS IDENTITY,
    survivor_id text NOT NULL,
    absorbed_id text NOT NULL,
    -- Who was on either side, so that an undoing separates just them.
    survivor_profiles text[] NOT NULL,
    absorbed_profiles text[] NOT NULL,
    kinds text[] NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now(),
    sync_run_id bigint NOT NULL REFERENCES ops.sync_run,
    -- A message was under way for the absorbed customer: its row follows with a later run.
    deliveries_left boolean NOT NULL DEFAULT false,
    undo_asked_by text,
    undo_asked_at timestamptz,
    undone_at timestamptz,
    -- The person who asked for it, or 'source' where the shared identity is gone.
    undone_by text,
    PRIMARY KEY (tenant_id, merge_id),
    CHECK (survivor_id <> absorbed_id),
    FOREIGN KEY (tenant_id, survivor_id) REFERENCES core.customer,
    FOREIGN KEY (tenant_id, absorbed_id) REFERENCES core.customer
);
CREATE UNIQUE INDEX one_open_merge ON core.customer_merge (tenant_id, absorbed_id) WHERE undone_at IS NULL;
CREATE INDEX deliveries_left ON core.customer_merge (tenant_id) WHERE deliveries_left;
CALL ops.protect('core.customer_merge');

-- Grain: one row a delivery that a merge gave to the survivor, so that an undoing can give it back.
CREATE TABLE core.customer_merge_delivery (
    tenant_id text NOT NULL,
    merge_id bigint NOT NULL,
    delivery_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, merge_id, delivery_id),
    FOREIGN KEY (tenant_id, merge_id) REFERENCES core.customer_merge
);
CREATE INDEX ON core.customer_merge_delivery (tenant_id, delivery_id);
CALL ops.protect('core.customer_merge_delivery');

-- Grain: one row a pair of profiles that a person took apart: nothing joins them again but a person.
CREATE TABLE core.identity_split (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    one_profile_id text NOT NULL,
    other_profile_id text NOT NULL,
    split_by text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, one_profile_id, other_profile_id),
    CHECK (one_profile_id COLLATE "C" < other_profile_id COLLATE "C")
);
CREATE INDEX ON core.identity_split (tenant_id, other_profile_id);
CALL ops.protect('core.identity_split');

-- Grain: one row a profile about which a person decided something: the next sync resolves it anew.
CREATE TABLE core.identity_due (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    profile_id text NOT NULL,
    PRIMARY KEY (tenant_id, profile_id)
);
CALL ops.protect('core.identity_due');

-- Grain: one row an edge of the source between two of its records, and kind. A record need not be known here (yet).
CREATE TABLE core.profile_relation (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    source_key text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('same_person', 'family', 'referral', 'other')),
    from_profile_id text NOT NULL,
    to_profile_id text NOT NULL,
    source_rev text NOT NULL,
    PRIMARY KEY (tenant_id, source_key, kind)
);
CREATE INDEX ON core.profile_relation (tenant_id, from_profile_id);
CREATE INDEX ON core.profile_relation (tenant_id, to_profile_id);
COMMENT ON COLUMN core.profile_relation.kind IS 'referral: from_profile_id brought to_profile_id (LEO''s friendship).';
CALL ops.protect('core.profile_relation');

-- Grain: one row a home of two customers or more. graph_key is the surrogate behind the graph id of the Household vertex.
-- A household that is no more keeps its row and has no members.
CREATE TABLE core.household (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    household_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, household_id),
    UNIQUE (graph_key)
);
CALL ops.protect('core.household');

-- Grain: one row a customer who lives in a household; nobody lives in two. graph_key is behind the edge.
CREATE TABLE core.household_member (
    tenant_id text NOT NULL,
    customer_id text NOT NULL,
    household_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, customer_id),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer,
    FOREIGN KEY (tenant_id, household_id) REFERENCES core.household
);
CREATE INDEX ON core.household_member (tenant_id, household_id);
CALL ops.protect('core.household_member');

-- The texts that a field of LEO holds, whatever its form there: the elements of a list, or the keys of an object.
CREATE FUNCTION core.json_texts(value text) RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT btrim(element)
    FROM (SELECT CASE WHEN pg_input_is_valid(value, 'jsonb') THEN value::jsonb END AS content) AS parsed
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(content)
            WHEN 'array' THEN content
            WHEN 'object' THEN (SELECT coalesce(jsonb_agg(name), '[]') FROM jsonb_object_keys(content) AS name)
            ELSE '[]'
        END
    ) AS element
    WHERE btrim(element) <> '';
END;
GRANT EXECUTE ON FUNCTION core.json_texts TO leo_loader;

-- A home as it is compared: lower case, without punctuation; null where the address names no house or flat by a number.
-- Numbers of districts and wards are none: a block of flats or a pick-up point is nobody's home.
CREATE FUNCTION core.normal_home(location text, district text, city text, zip_code text, country text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN regexp_replace(
            replace(lower(normalize(location)), coalesce(lower(normalize(district)), ''), ''),
            '(quận|phường|district|ward|arrondissement) *\d+', '', 'g'
        ) ~ '\d'
        THEN btrim(regexp_replace(
            lower(normalize(concat_ws(' ', location, district, city, zip_code, country), NFKC)),
            '[^[:alnum:]]+', ' ', 'g'
        ))
    END;
GRANT EXECUTE ON FUNCTION core.normal_home TO leo_loader;

-- Views that took a profile for a customer.
SET LOCAL ROLE leo_report_owner;

-- Grain: tenant, country, city, language, funnel stage of who speaks for the customer.
CREATE OR REPLACE VIEW report.customer AS
SELECT t.tenant_id, t.name AS tenant, coalesce(p.country, 'unknown') AS country, coalesce(p.city, 'unknown') AS city,
       coalesce(p.language, 'unknown') AS language, coalesce(p.funnel_stage, 'unknown') AS funnel_stage,
       count(*) AS customers,
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM core.profile AS own
           JOIN core.channel_address AS a USING (tenant_id, profile_id)
           WHERE own.tenant_id = p.tenant_id AND own.customer_id = p.customer_id AND own.deleted_at IS NULL
             AND a.state = 'active')) AS with_address,
       sum(p.total_spent_minor) / power(10, t.minor_units) AS total_spent,
       t.currency
FROM core.profile AS p
JOIN ops.tenant AS t USING (tenant_id)
WHERE p.is_primary AND p.deleted_at IS NULL
GROUP BY t.tenant_id, p.country, p.city, p.language, p.funnel_stage;

-- Grain: tenant, day, event type, category.
CREATE OR REPLACE VIEW report.activity AS
SELECT t.tenant_id, t.name AS tenant, date_trunc('day', e.occurred_at)::timestamp AS day, e.event_type,
       coalesce(p.category, 'no product') AS category, count(*) AS events,
       count(DISTINCT coalesce(who.customer_id, e.profile_id)) AS customers,
       sum(e.value_minor) / power(10, t.minor_units) AS value
FROM core.event AS e
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN core.profile AS who USING (tenant_id, profile_id)
LEFT JOIN core.product AS p USING (tenant_id, product_id)
GROUP BY t.tenant_id, day, e.event_type, p.category;

RESET ROLE;
