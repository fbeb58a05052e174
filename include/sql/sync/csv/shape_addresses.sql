-- Purpose: where the customers of the CSV form can be reached: e-mail only.
-- Grain: one row a profile and address. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_address (profile_id, channel, address)
SELECT profile_id, 'email', email
FROM shaped_profile
WHERE email IS NOT NULL
