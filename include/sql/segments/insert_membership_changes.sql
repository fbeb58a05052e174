-- Purpose: write down who enters and who exits, and why. Who has no profile left exits by the source, whatever else
--          changed.
-- Grain: one row a customer whose membership changes.
-- Parameters: tenant_id, segment_id, run_id, as_of, cause; reads found_member.
-- Rerun: after merge_membership there is no difference left to write.
INSERT INTO segment.membership_change (tenant_id, run_id, segment_id, customer_id, change, cause, changed_at)
SELECT
    %(tenant_id)s, %(run_id)s, %(segment_id)s, customer_id,
    CASE WHEN member.is_member THEN 'exit' ELSE 'enter' END,
    CASE
        WHEN member.is_member AND NOT EXISTS (
            SELECT FROM core.profile AS profile
            WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = member.customer_id
              AND profile.deleted_at IS NULL
        ) THEN 'source'
        ELSE %(cause)s
    END,
    %(as_of)s
FROM (SELECT customer_id, true AS is_found FROM found_member) AS found
FULL JOIN (
    SELECT customer_id, true AS is_member
    FROM segment.membership
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
) AS member USING (customer_id)
WHERE found.is_found IS DISTINCT FROM member.is_member
