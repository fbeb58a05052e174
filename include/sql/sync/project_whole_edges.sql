-- Purpose: a label's edges become those wanted, whatever they were.
-- Grain: one row an edge. Parameters: those of {wanted}, the label's statement; {label}, the label's table.
-- Rerun: only edges that differ are touched.
MERGE INTO {label} AS edge
USING ({wanted}) AS wanted
ON edge.id = wanted.id
WHEN MATCHED AND (
    edge.properties <> wanted.properties OR edge.start_id <> wanted.start_id OR edge.end_id <> wanted.end_id
) THEN UPDATE SET start_id = wanted.start_id, end_id = wanted.end_id, properties = wanted.properties
WHEN NOT MATCHED BY TARGET THEN INSERT (id, start_id, end_id, properties)
    VALUES (wanted.id, wanted.start_id, wanted.end_id, wanted.properties)
WHEN NOT MATCHED BY SOURCE THEN DELETE
