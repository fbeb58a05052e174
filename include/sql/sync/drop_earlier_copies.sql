-- Purpose: a row that changed while it was read comes twice; the later copy is the row.
-- Grain: key and revision of each copy that was dropped. Parameters: {staged}, the collection's table in the stage.
-- Rerun: finds none.
DELETE FROM {staged} AS earlier
USING {staged} AS later
WHERE later.source_key = earlier.source_key AND later.line > earlier.line AND earlier.source_key <> ''
RETURNING earlier.source_key, earlier.source_rev
