-- Purpose: each touched profile in a place of its own, from which the labels spread. A profile that is gone stays with its
-- customer (its refusals still count) and says nothing; where it is alone, nothing is to be decided.
-- Grain: one row a profile. Parameters: tenant_id. Rerun: the caller rolls back.
INSERT INTO identity_place (member, customer_id, is_gone, has_crm, is_approved, label, unit)
SELECT
    profile.profile_id, profile.customer_id, profile.gone_at IS NOT NULL,
    EXISTS (
        SELECT FROM core.identity
        WHERE identity.tenant_id = %(tenant_id)s AND identity.profile_id = profile.profile_id AND identity.kind = 'crm'
    ),
    false, profile.profile_id, profile.profile_id
FROM core.profile AS profile
JOIN touched_profile USING (profile_id)
WHERE profile.tenant_id = %(tenant_id)s
  AND (
      profile.gone_at IS NULL
      OR EXISTS (
          SELECT FROM core.profile AS mate
          WHERE mate.tenant_id = %(tenant_id)s AND mate.customer_id = profile.customer_id AND mate.gone_at IS NULL
      )
  )
