-- Purpose: what the customers of the CSV form are known by: their id in the CRM, and their e-mail address.
-- Grain: one row a profile and kind. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_identity (profile_id, kind, value)
SELECT profile_id, 'crm', profile_id FROM shaped_profile
UNION ALL
SELECT profile_id, 'email', lower(email) FROM shaped_profile WHERE email IS NOT NULL
