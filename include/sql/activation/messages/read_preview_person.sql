-- Purpose: what fills the slots of a template for one person.
-- Grain: one row, none where there is no such customer.
-- Parameters: tenant_id, customer_id.
-- Rerun: reads only.
SELECT
    profile.first_name, profile.language, profile.city, profile.favorite_color, interest.topic AS top_interest,
    tenant.name AS tenant_name, tenant.language AS tenant_language
FROM core.profile
JOIN ops.tenant USING (tenant_id)
LEFT JOIN LATERAL (
    SELECT interest.topic
    FROM profile.interest
    WHERE interest.tenant_id = profile.tenant_id AND interest.customer_id = profile.customer_id
      AND interest.topic_type = 'category'
    ORDER BY interest.score DESC, interest.topic
    LIMIT 1
) AS interest ON true
WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = %(customer_id)s AND profile.deleted_at IS NULL
ORDER BY profile.is_primary DESC, profile.profile_id
LIMIT 1
