-- Purpose: what was known when, so that a definition can be run as of a past moment on what was known then, and what
-- such runs found. The rules and their reasons: docs/decisions/as-of.md.

-- Grain: one row a former form of an event's row: what it said until superseded_at, when the source corrected it, moved it
-- in time or took it away from its event. Events that the source no longer has leave nothing here.
CREATE TABLE core.event_history (
    tenant_id text NOT NULL,
    event_key text NOT NULL,
    event_id text NOT NULL,
    graph_key bigint NOT NULL,
    profile_id text NOT NULL,
    event_type text NOT NULL,
    metric_name text NOT NULL,
    occurred_at timestamptz NOT NULL,
    ingested_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now(),
    product_id text,
    color text,
    quantity integer NOT NULL,
    price_minor bigint,
    value_minor bigint,
    order_value_minor bigint,
    currency char(3),
    order_id text,
    campaign_ref text,
    PRIMARY KEY (tenant_id, event_key, occurred_at, superseded_at)
);
CREATE INDEX ON core.event_history (tenant_id, event_id);
CALL ops.protect('core.event_history');

-- Until when a thing must have been recorded to be known at a moment: the beginning of the first sync whose own as-of lies
-- after it, and never before the moment itself; infinity where there is none. What the very first sync brought counts as
-- known when it happened, because nothing older tells when the source learned of it.
CREATE FUNCTION core.known_until(asked_tenant text, at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN greatest(at, coalesce((
        SELECT min(run.started_at)
        FROM (
            SELECT sync_run_id, as_of, started_at, min(sync_run_id) OVER () AS first_id
            FROM ops.sync_run
            WHERE tenant_id = asked_tenant AND (state IN ('merged', 'projected') OR counts ? 'merged')
        ) AS run
        WHERE run.as_of > at AND run.sync_run_id <> run.first_id
    ), 'infinity'));

-- The events before a moment as they were told to us before another: later ones are not among them, and corrected ones
-- have the form that they had.
CREATE FUNCTION core.events_known(asked_tenant text, before timestamptz, known timestamptz) RETURNS TABLE (
    tenant_id text,
    event_key text,
    event_id text,
    graph_key bigint,
    profile_id text,
    event_type text,
    metric_name text,
    occurred_at timestamptz,
    product_id text,
    color text,
    quantity integer,
    price_minor bigint,
    value_minor bigint,
    order_value_minor bigint,
    currency char(3),
    order_id text,
    campaign_ref text
)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT
        event.tenant_id, event.event_key, event.event_id, event.graph_key, event.profile_id, event.event_type,
        event.metric_name, event.occurred_at, event.product_id, event.color, event.quantity, event.price_minor, event.value_minor,
        event.order_value_minor, event.currency, event.order_id, event.campaign_ref
    FROM core.event AS event
    WHERE event.tenant_id = asked_tenant AND event.occurred_at < before AND event.ingested_at < known
    UNION ALL
    SELECT
        former.tenant_id, former.event_key, former.event_id, former.graph_key, former.profile_id, former.event_type,
        former.metric_name, former.occurred_at, former.product_id, former.color, former.quantity, former.price_minor, former.value_minor,
        former.order_value_minor, former.currency, former.order_id, former.campaign_ref
    FROM core.event_history AS former
    WHERE former.tenant_id = asked_tenant AND former.occurred_at < before AND former.ingested_at < known
      AND former.superseded_at >= known;
END;

-- The profiles that were there at a moment, by what was known before another: their attributes then, whose they were
-- before later merges and separations, and which of a customer's profiles speaks. Who spoke is not recorded: it is the
-- one that speaks today, else the one whose id the customer has. Profiles that the source no longer has at all are in no
-- answer, because nothing of them is kept.
CREATE FUNCTION core.profile_known(asked_tenant text, at timestamptz, known timestamptz) RETURNS TABLE (
    tenant_id text,
    profile_id text,
    customer_id text,
    is_primary boolean,
    gender text,
    date_of_birth date,
    age smallint,
    language text,
    country char(2),
    city text,
    funnel_stage text,
    favorite_color text,
    total_spent_minor bigint,
    keywords text[],
    scores jsonb,
    source_created_at timestamptz,
    deleted_at timestamptz
)
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH former AS (
        SELECT
            history.*, entered.started_at >= known AS is_unknown,
            -- What was known last is the state that the first later run replaced.
            row_number() OVER (
                PARTITION BY history.profile_id, entered.started_at >= known ORDER BY history.valid_from
            ) AS place
        FROM core.profile_history AS history
        JOIN ops.sync_run AS entered
            ON entered.tenant_id = history.tenant_id AND entered.sync_run_id = history.sync_run_id
        WHERE history.tenant_id = asked_tenant
    ), latest AS (
        SELECT profile_id, max(valid_to) AS valid_to, bool_or(is_unknown) AS has_unknown
        FROM former
        GROUP BY profile_id
    ), state AS (
        SELECT
            profile_id, valid_from, CASE WHEN is_unknown THEN 'infinity' ELSE valid_to END AS valid_to, gender,
            date_of_birth, age, language, country, city, funnel_stage, favorite_color, total_spent_minor, keywords,
            scores, deleted_at
        FROM former
        WHERE NOT is_unknown OR place = 1
        UNION ALL
        SELECT
            now_is.profile_id, coalesce(latest.valid_to, now_is.source_created_at, '-infinity'), 'infinity',
            now_is.gender, now_is.date_of_birth, now_is.age, now_is.language, now_is.country, now_is.city,
            now_is.funnel_stage, now_is.favorite_color, now_is.total_spent_minor, now_is.keywords, now_is.scores,
            now_is.deleted_at
        FROM core.profile AS now_is
        LEFT JOIN latest USING (profile_id)
        WHERE now_is.tenant_id = asked_tenant AND latest.has_unknown IS NOT TRUE
    ), moved AS (
        -- The first merge or separation that was not known yet says whose a profile was before it.
        SELECT DISTINCT ON (change.profile_id) change.profile_id, change.was
        FROM (
            SELECT unnest(merge.absorbed_profiles) AS profile_id, merge.absorbed_id AS was, run.started_at AS changed_at
            FROM core.customer_merge AS merge
            JOIN ops.sync_run AS run ON run.tenant_id = merge.tenant_id AND run.sync_run_id = merge.sync_run_id
            WHERE merge.tenant_id = asked_tenant AND run.started_at >= known
            UNION ALL
            SELECT unnest(merge.absorbed_profiles), merge.survivor_id, merge.undone_at
            FROM core.customer_merge AS merge
            WHERE merge.tenant_id = asked_tenant AND merge.undone_at >= known
        ) AS change
        ORDER BY change.profile_id, change.changed_at
    ), person AS (
        SELECT
            now_is.profile_id, coalesce(moved.was, now_is.customer_id) AS customer_id, now_is.is_primary,
            now_is.source_created_at
        FROM core.profile AS now_is
        LEFT JOIN moved USING (profile_id)
        -- A profile's first customer has its id, and is as old here as the profile.
        LEFT JOIN core.customer AS own ON own.tenant_id = asked_tenant AND own.customer_id = now_is.profile_id
        LEFT JOIN core.customer AS holder
            ON holder.tenant_id = asked_tenant AND holder.customer_id = now_is.customer_id
        WHERE now_is.tenant_id = asked_tenant AND now_is.gone_at IS NULL
          AND coalesce(own.created_at, holder.created_at) < known
    )
    SELECT
        asked_tenant, person.profile_id, person.customer_id,
        row_number() OVER (
            PARTITION BY person.customer_id
            ORDER BY person.is_primary DESC, person.profile_id = person.customer_id DESC, person.profile_id
        ) = 1,
        state.gender, state.date_of_birth, state.age, state.language, state.country, state.city, state.funnel_stage,
        state.favorite_color, state.total_spent_minor, state.keywords, state.scores, person.source_created_at,
        state.deleted_at
    FROM state
    JOIN person USING (profile_id)
    WHERE state.valid_from <= at AND at < state.valid_to;
END;

-- Grain: one row a definition that was run as of past moments, in one way and by one state of knowledge: asking again
-- writes the same row. segment_id and version are null of a plan that is no segment's.
CREATE TABLE segment.replay_run (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    replay_id bigint GENERATED ALWAYS AS IDENTITY,
    segment_id text,
    version integer,
    definition_hash text NOT NULL,
    -- Over all that was asked: the definition and its place, the moments, the days after them, and by which knowledge.
    request_hash text NOT NULL,
    first_moment timestamptz NOT NULL,
    last_moment timestamptz NOT NULL,
    moments integer NOT NULL CHECK (moments BETWEEN 1 AND 400),
    -- So many days after a moment count as what followed it; null: nothing was asked.
    within_days integer CHECK (within_days BETWEEN 1 AND 3650),
    -- false: each moment by what was known then; true: by all that was known at known_as_of.
    as_known_now boolean NOT NULL,
    -- When the latest sync that changed the tables had ended.
    known_as_of timestamptz NOT NULL,
    -- What the answers rest on that no history is kept of, in sentences.
    notes text[] NOT NULL,
    replayed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, replay_id),
    UNIQUE (tenant_id, request_hash, known_as_of),
    FOREIGN KEY (tenant_id, segment_id, version) REFERENCES segment.definition,
    CHECK (first_moment <= last_moment)
);
CALL ops.protect('segment.replay_run');

-- Grain: one row a moment of a replay. entered, exited, stayed and jaccard compare with the moment before, null at the
-- first. What followed is null where it was not asked for; others are all other customers of the moment. Revenue is in
-- minor units of the tenant's currency.
CREATE TABLE segment.replay_point (
    tenant_id text NOT NULL,
    replay_id bigint NOT NULL,
    moment timestamptz NOT NULL,
    known_until timestamptz NOT NULL,
    members bigint NOT NULL,
    customers bigint NOT NULL,
    entered bigint,
    exited bigint,
    stayed bigint,
    jaccard double precision CHECK (jaccard BETWEEN 0 AND 1),
    buyers bigint,
    orders bigint,
    revenue_minor bigint,
    other_buyers bigint,
    other_orders bigint,
    other_revenue_minor bigint,
    -- false: the days after the moment are not over by what is known, so that more may follow.
    is_over boolean,
    PRIMARY KEY (tenant_id, replay_id, moment),
    FOREIGN KEY (tenant_id, replay_id) REFERENCES segment.replay_run ON DELETE CASCADE,
    CHECK (members <= customers)
);
CALL ops.protect('segment.replay_point');

GRANT EXECUTE ON FUNCTION core.known_until, core.events_known, core.profile_known TO leo_loader, leo_writer;

SET LOCAL ROLE leo_report_owner;

-- Grain: one row a moment of the newest replay of a segment's version in one way.
CREATE VIEW report.segment_replay AS
WITH newest AS (
    SELECT DISTINCT ON (tenant_id, segment_id, version, as_known_now) *
    FROM segment.replay_run
    WHERE segment_id IS NOT NULL
    ORDER BY tenant_id, segment_id, version, as_known_now, replayed_at DESC, replay_id DESC
)
SELECT t.tenant_id, t.name AS tenant, r.segment_id,
       CASE WHEN length(d.name) > 36 THEN left(d.name, 35) || '…' ELSE d.name END AS segment, r.version,
       CASE WHEN r.as_known_now THEN 'as known now' ELSE 'as known then' END AS knowledge,
       p.moment, p.members, p.entered, p.exited, p.stayed, p.jaccard AS stability, r.within_days,
       p.buyers::double precision / nullif(p.members, 0) AS conversion,
       p.other_buyers::double precision / nullif(p.customers - p.members, 0) AS conversion_of_others,
       p.orders, p.revenue_minor / power(10, t.minor_units) AS revenue, t.currency, p.is_over, r.replayed_at
FROM newest AS r
JOIN segment.replay_point AS p USING (tenant_id, replay_id)
JOIN segment.definition AS d USING (tenant_id, segment_id, version)
JOIN ops.tenant AS t USING (tenant_id);

RESET ROLE;
