-- Purpose: where people of the staff are reached.
-- Grain: one row a person who has an address: user_id, email, language.
-- Parameters: user_ids.
-- Rerun: reads only.
SELECT user_id, email, language FROM ops.staff_address WHERE user_id = ANY (%(user_ids)s) ORDER BY user_id
