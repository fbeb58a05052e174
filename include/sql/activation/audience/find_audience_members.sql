-- Purpose: who is in the audience of a campaign.
-- Grain: one row a member of a segment of the campaign who is in none that it leaves out.
-- Parameters: tenant_id, campaign_id, with_segments, without_segments, on_entry (only who entered and was in no run
--             since: activation.entered).
-- Rerun: fills a temporary table of this transaction.
INSERT INTO audience_member (customer_id)
SELECT DISTINCT member.customer_id
FROM segment.membership AS member
WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = ANY (%(with_segments)s::text[])
  AND NOT EXISTS (
      SELECT FROM segment.membership AS barred
      WHERE barred.tenant_id = %(tenant_id)s AND barred.segment_id = ANY (%(without_segments)s::text[])
        AND barred.customer_id = member.customer_id
  )
  AND (NOT %(on_entry)s OR member.customer_id IN (
      SELECT came.customer_id FROM activation.entered(%(tenant_id)s, %(campaign_id)s) AS came
  ))
