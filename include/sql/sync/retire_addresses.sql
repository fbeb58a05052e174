-- Purpose: addresses that a profile had and the source no longer gives.
-- Grain: one row a profile, channel and address. Parameters: tenant_id. Rerun: finds none.
UPDATE core.channel_address AS known
SET state = 'retired', retired_reason = 'gone_from_source'
WHERE known.tenant_id = %(tenant_id)s
  AND known.state = 'active'
  AND known.profile_id IN (SELECT profile_id FROM shaped_profile)
  AND NOT EXISTS (
      SELECT FROM shaped_address AS read
      WHERE read.profile_id = known.profile_id AND read.channel = known.channel AND read.address = known.address
  )
