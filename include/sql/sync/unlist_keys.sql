-- Purpose: take keys off the list that the source had when it was listed and has no more.
-- Grain: one row a key. Parameters: collection, keys. Rerun: finds none.
DELETE FROM listed WHERE collection = %(collection)s AND source_key = ANY (%(keys)s)
