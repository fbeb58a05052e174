-- Purpose: everybody of the staff who can be told by e-mail.
-- Grain: one row a person: user_id, email, language.
-- Parameters: none.
-- Rerun: reads only.
SELECT user_id, email, language FROM ops.staff_address ORDER BY user_id
