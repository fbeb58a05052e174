-- Purpose: forget where a person of the staff is reached.
-- Grain: one row, none where there was no address.
-- Parameters: user_id.
-- Rerun: changes nothing a second time.
DELETE FROM ops.staff_address WHERE user_id = %(user_id)s
