-- Purpose: set where a person of the staff is reached, and in which language.
-- Grain: one row a person.
-- Parameters: user_id, email, language.
-- Rerun: writes the same again.
INSERT INTO ops.staff_address (user_id, email, language)
VALUES (%(user_id)s, %(email)s, %(language)s)
ON CONFLICT (user_id) DO UPDATE
SET email = excluded.email, language = excluded.language, changed_at = now()
