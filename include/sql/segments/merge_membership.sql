-- Purpose: segment.membership of one segment becomes found_member, for those asked; who stays keeps since.
-- Grain: one row with the numbers of members added and removed.
-- Parameters: tenant_id, segment_id, as_of, asks_all; reads found_member and asked_customer.
-- Rerun: only differences are written.
WITH removed AS (
    DELETE FROM segment.membership AS member
    WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = %(segment_id)s
      AND (%(asks_all)s OR member.customer_id IN (SELECT asked.customer_id FROM asked_customer AS asked))
      AND NOT EXISTS (SELECT FROM found_member AS found WHERE found.customer_id = member.customer_id)
    RETURNING 1
), added AS (
    INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since)
    SELECT %(tenant_id)s, %(segment_id)s, found.customer_id, %(as_of)s
    FROM found_member AS found
    WHERE NOT EXISTS (
        SELECT FROM segment.membership AS member
        WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = %(segment_id)s
          AND member.customer_id = found.customer_id
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM removed)
