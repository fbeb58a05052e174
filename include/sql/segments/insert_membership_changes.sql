-- Purpose: write down who enters and who exits, and why. Who has no profile left exits by the source, whatever else
--          changed. Where only the data did, events of the customer explain it as late ones if they occurred before the
--          last refresh's as-of and were ingested after what that refresh could see; up to five are named as evidence.
-- Grain: one row a customer whose membership changes.
-- Parameters: tenant_id, segment_id, run_id, as_of, cause, last_as_of and last_finished_at (of the last refresh, null
--             before the first); reads found_member.
-- Rerun: after merge_membership there is no difference left to write.
WITH changed AS MATERIALIZED (
    SELECT customer_id, member.is_member IS NOT NULL AS is_exit
    FROM (SELECT customer_id, true AS is_found FROM found_member) AS found
    FULL JOIN (
        SELECT customer_id, true AS is_member
        FROM segment.membership
        WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
    ) AS member USING (customer_id)
    WHERE found.is_found IS DISTINCT FROM member.is_member
), seen AS MATERIALIZED (
    -- A sync that had not come to its end when the last refresh did was not seen by it, although its events may have
    -- been ingested by then.
    SELECT least(%(last_finished_at)s::timestamptz, min(started_at)) AS until
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND finished_at > %(last_finished_at)s::timestamptz AND state = 'projected'
), late AS MATERIALIZED (
    SELECT changed.customer_id, array_agg(event.event_id ORDER BY event.occurred_at, event.event_id) AS event_ids
    FROM changed
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = changed.customer_id
    JOIN core.event AS event ON event.tenant_id = %(tenant_id)s AND event.profile_id = profile.profile_id
    WHERE %(cause)s = 'data' AND event.occurred_at < %(last_as_of)s
      AND event.ingested_at > (SELECT until FROM seen)
    GROUP BY changed.customer_id
)
INSERT INTO segment.membership_change (
    tenant_id, run_id, segment_id, customer_id, change, cause, evidence, changed_at)
SELECT
    %(tenant_id)s, %(run_id)s, %(segment_id)s, changed.customer_id,
    CASE WHEN changed.is_exit THEN 'exit' ELSE 'enter' END,
    stated.cause,
    CASE WHEN stated.cause = 'late_data' THEN jsonb_build_object('late_events', late.event_ids[1:5]) ELSE '{}' END,
    %(as_of)s
FROM changed
LEFT JOIN late USING (customer_id)
CROSS JOIN LATERAL (SELECT CASE
    WHEN changed.is_exit AND NOT EXISTS (
        SELECT FROM core.profile AS profile
        WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = changed.customer_id
          AND profile.deleted_at IS NULL
    ) THEN 'source'
    WHEN late.event_ids IS NOT NULL THEN 'late_data'
    ELSE %(cause)s
END AS cause) AS stated
