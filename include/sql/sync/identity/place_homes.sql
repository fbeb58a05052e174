-- Purpose: each touched customer in a place of its own. Only who lives and did not refuse profiling can have a household:
-- one refusal among a customer's profiles, deleted ones included, refuses for the person, as in profile.profiled.
-- Grain: one row a customer. Parameters: tenant_id. Rerun: the caller rolls back.
INSERT INTO home_place (member, since, label)
SELECT touched.customer_id, min(profile.source_created_at), touched.customer_id
FROM touched_home AS touched
JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = touched.customer_id
GROUP BY touched.customer_id
HAVING bool_or(profile.deleted_at IS NULL) AND NOT EXISTS (
    SELECT FROM core.profile AS stated
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (consent.channel) consent.state
        FROM core.consent AS consent
        WHERE consent.tenant_id = %(tenant_id)s AND consent.profile_id = stated.profile_id
          AND consent.purpose = 'profiling'
        ORDER BY consent.channel, consent.since DESC, consent.consent_id DESC
    ) AS latest
    WHERE stated.tenant_id = %(tenant_id)s AND stated.customer_id = touched.customer_id AND latest.state = 'denied'
)
