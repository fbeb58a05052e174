-- Purpose: who lived with a person, or was related to them, is resolved anew by the next sync.
-- Grain: one row a profile. Parameters: tenant_id, customers, households. Rerun: inserts nothing.
INSERT INTO core.identity_due (tenant_id, profile_id)
SELECT DISTINCT %(tenant_id)s, profile.profile_id
FROM core.household_member AS own
JOIN core.household_member AS mate USING (tenant_id, household_id)
JOIN core.profile ON profile.tenant_id = mate.tenant_id AND profile.customer_id = mate.customer_id
WHERE own.tenant_id = %(tenant_id)s
  AND (own.customer_id = ANY (%(customers)s) OR own.household_id = ANY (%(households)s))
  AND mate.customer_id <> ALL (%(customers)s)
ON CONFLICT DO NOTHING
