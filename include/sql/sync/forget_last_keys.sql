-- Purpose: a watermark does not name somebody who was erased. Grain: one row a partition. Parameters: collection, keys.
-- Rerun: changes nothing.
UPDATE read_until SET last_key = '' WHERE collection = %(collection)s AND last_key = ANY (%(keys)s)
