-- Purpose: how many customers are in any of some segments now, and in none of others.
-- Grain: one row.
-- Parameters: tenant_id, segment_ids, without_segment_ids.
-- Rerun: reads only.
SELECT count(DISTINCT member.customer_id) AS people
FROM segment.membership AS member
WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = ANY (%(segment_ids)s::text[])
  AND NOT EXISTS (
      SELECT
      FROM segment.membership AS other
      WHERE other.tenant_id = member.tenant_id AND other.customer_id = member.customer_id
        AND other.segment_id = ANY (%(without_segment_ids)s::text[])
  )
