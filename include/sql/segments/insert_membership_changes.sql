-- Purpose: write down who enters and who exits, why, and what speaks for it. Who has no profile left exits by the
--          source, whatever else changed. Where only the data did, events of the customer explain it as late ones if they
--          occurred before the last refresh's as-of and were ingested after what that refresh could see.
-- Grain: one row a customer whose membership changes.
-- Parameters: tenant_id, graph_name, segment_id, run_id, as_of, asks_all, version, cause, interest_model; last_as_of,
--             last_finished_at, last_version, last_interest_model and seen (of the last refresh, null before the
--             first); event_types, exposures, graph_labels, graph_segments, attributes with attribute_paths, and
--             moved_labels with moved_since and moved_until: what the plan asks for (segments/evidence.py); reads found_member and
--             asked_customer.
-- Rerun: after merge_membership there is no difference left to write.
WITH changed AS MATERIALIZED (
    SELECT customer_id, member.is_member IS NOT NULL AS is_exit
    FROM (SELECT customer_id, true AS is_found FROM found_member) AS found
    FULL JOIN (
        SELECT customer_id, true AS is_member
        FROM segment.membership
        WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
          AND (%(asks_all)s OR customer_id IN (SELECT asked.customer_id FROM asked_customer AS asked))
    ) AS member USING (customer_id)
    WHERE found.is_found IS DISTINCT FROM member.is_member
), unseen AS MATERIALIZED (
    -- A sync that had not come to its end when the last refresh did was not seen by it, although its events may have
    -- been ingested by then.
    SELECT sync_run_id, started_at
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND finished_at > %(last_finished_at)s::timestamptz AND state = 'projected'
), seen AS MATERIALIZED (
    SELECT least(%(last_finished_at)s::timestamptz, min(started_at)) AS until FROM unseen
), concerned AS MATERIALIZED (
    -- Only what the data did has to be looked for.
    SELECT changed.customer_id, profile.profile_id, profile.is_primary
    FROM changed
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = changed.customer_id
    WHERE %(cause)s = 'data'
), late AS MATERIALIZED (
    SELECT concerned.customer_id, array_agg(event.event_id ORDER BY event.occurred_at, event.event_id) AS event_ids
    FROM concerned
    JOIN core.event AS event ON event.tenant_id = %(tenant_id)s AND event.profile_id = concerned.profile_id
    WHERE event.occurred_at < %(last_as_of)s AND event.ingested_at > (SELECT until FROM seen)
    GROUP BY concerned.customer_id
), fresh AS MATERIALIZED (
    SELECT told.customer_id, array_agg(told.event_id ORDER BY told.occurred_at DESC, told.event_id) AS event_ids
    FROM (
        SELECT concerned.customer_id, event.event_id, max(event.occurred_at) AS occurred_at
        FROM concerned
        JOIN core.event AS event ON event.tenant_id = %(tenant_id)s AND event.profile_id = concerned.profile_id
        WHERE event.event_type = ANY (%(event_types)s) AND event.ingested_at > (SELECT until FROM seen)
          AND event.occurred_at < %(as_of)s
        GROUP BY concerned.customer_id, event.event_id
    ) AS told
    GROUP BY told.customer_id
), moved AS MATERIALIZED (
    SELECT * FROM unnest(
        %(moved_labels)s::text[], %(moved_since)s::timestamptz[], %(moved_until)s::timestamptz[]
    ) AS span (label, since, until)
), passed AS MATERIALIZED (
    SELECT met.customer_id, array_agg(met.ref ORDER BY met.occurred_at DESC, met.ref) AS refs
    FROM (
        SELECT concerned.customer_id, event.event_id AS ref, max(event.occurred_at) AS occurred_at
        FROM concerned
        JOIN core.event AS event ON event.tenant_id = %(tenant_id)s AND event.profile_id = concerned.profile_id
        JOIN moved ON event.occurred_at >= moved.since AND event.occurred_at < moved.until
        WHERE event.event_type = ANY (%(event_types)s) AND event.ingested_at <= (SELECT until FROM seen)
        GROUP BY concerned.customer_id, event.event_id
        UNION ALL
        SELECT concerned.customer_id, touch.source_ref, touch.occurred_at
        FROM concerned
        JOIN core.campaign_touch AS touch
            ON touch.tenant_id = %(tenant_id)s AND touch.customer_id = concerned.customer_id
        JOIN moved ON touch.occurred_at >= moved.since AND touch.occurred_at < moved.until
        WHERE concerned.is_primary AND touch.exposure = ANY (%(exposures)s)
    ) AS met
    GROUP BY met.customer_id
), altered AS MATERIALIZED (
    -- Of when somebody was born only that it was corrected is said.
    SELECT
        told.customer_id,
        jsonb_agg(
            CASE WHEN told.path = '{date_of_birth}' THEN jsonb_build_object('name', told.name)
                ELSE jsonb_build_object('name', told.name, 'from', told.former, 'to', told.current) END
            ORDER BY told.name
        ) AS attributes
    FROM (
        SELECT
            concerned.customer_id, asked.name, asked.path,
            to_jsonb(history) #> asked.path AS former, to_jsonb(profile) #> asked.path AS current
        FROM concerned
        JOIN core.profile AS profile
            ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = concerned.profile_id
        CROSS JOIN LATERAL (
            SELECT former.*
            FROM core.profile_history AS former
            WHERE former.tenant_id = %(tenant_id)s AND former.profile_id = concerned.profile_id
              AND former.sync_run_id IN (SELECT unseen.sync_run_id FROM unseen)
            ORDER BY former.valid_from
            LIMIT 1
        ) AS history
        CROSS JOIN LATERAL (
            SELECT name, string_to_array(path, ',') AS path
            FROM unnest(%(attributes)s::text[], %(attribute_paths)s::text[]) AS pair (name, path)
        ) AS asked
        WHERE concerned.is_primary
    ) AS told
    WHERE told.former IS DISTINCT FROM told.current
    GROUP BY told.customer_id
), touched AS MATERIALIZED (
    SELECT met.customer_id, jsonb_agg(met.name ORDER BY met.name) AS names
    FROM (
        SELECT DISTINCT concerned.customer_id, coalesce('segment ' || named.name, touch.label) AS name
        FROM concerned
        JOIN core.customer AS customer
            ON customer.tenant_id = %(tenant_id)s AND customer.customer_id = concerned.customer_id
        JOIN ops.graph_touch AS touch
            ON touch.tenant_id = %(tenant_id)s AND touch.touched_by >= pg_snapshot_xmin(%(seen)s::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(touch.touched_by, %(seen)s::text::pg_snapshot)
            AND touch.vertex_id & 281474976710655 = customer.graph_key
            -- A household may have the same key. Of texts the key alone is noted.
            AND touch.vertex_id >> 48 IN (0, ag_catalog._label_id(%(graph_name)s::name, 'Customer'::name))
        LEFT JOIN ops.graph_name AS named
            ON named.tenant_id = %(tenant_id)s AND named.label = 'Segment' AND named.name = ANY (%(graph_segments)s)
            AND touch.label = 'IN_SEGMENT ' || named.graph_key
        WHERE concerned.is_primary AND (touch.label = ANY (%(graph_labels)s) OR named.name IS NOT NULL)
    ) AS met
    GROUP BY met.customer_id
)
INSERT INTO segment.membership_change (
    tenant_id, run_id, segment_id, customer_id, change, cause, evidence, changed_at)
SELECT
    %(tenant_id)s, %(run_id)s, %(segment_id)s, changed.customer_id,
    CASE WHEN changed.is_exit THEN 'exit' ELSE 'enter' END,
    stated.cause,
    CASE stated.cause
        WHEN 'definition' THEN
            jsonb_build_object('from_version', %(last_version)s::integer, 'to_version', %(version)s::integer)
        WHEN 'interest_model' THEN
            jsonb_build_object('from_model', %(last_interest_model)s::text, 'to_model', %(interest_model)s::text)
        WHEN 'source' THEN jsonb_build_object('person', CASE WHEN left_with.has_profiles THEN 'gone' ELSE 'merged' END)
        WHEN 'late_data' THEN jsonb_build_object('late_events', late.event_ids[1:5])
        ELSE jsonb_strip_nulls(jsonb_build_object(
            'events', to_jsonb(fresh.event_ids[1:5]), 'attributes', altered.attributes,
            'window_passed', to_jsonb(passed.refs[1:5]), 'graph', touched.names
        ))
    END,
    %(as_of)s
FROM changed
LEFT JOIN late USING (customer_id)
LEFT JOIN fresh USING (customer_id)
LEFT JOIN passed USING (customer_id)
LEFT JOIN altered USING (customer_id)
LEFT JOIN touched USING (customer_id)
CROSS JOIN LATERAL (
    -- Whose profiles all became another person's has none any more, not even a deleted one.
    SELECT
        count(*) > 0 AS has_profiles,
        coalesce(bool_or(profile.deleted_at IS NULL), false) AS is_there
    FROM core.profile AS profile
    WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = changed.customer_id
) AS left_with
CROSS JOIN LATERAL (SELECT CASE
    WHEN changed.is_exit AND NOT left_with.is_there THEN 'source'
    WHEN late.event_ids IS NOT NULL THEN 'late_data'
    ELSE %(cause)s
END AS cause) AS stated
