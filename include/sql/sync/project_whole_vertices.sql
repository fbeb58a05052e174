-- Purpose: a label's vertices become those wanted, whatever they were.
-- Grain: one row a vertex. Parameters: those of {wanted}, the label's statement; {label}, the label's table.
-- Rerun: only vertices that differ are touched.
MERGE INTO {label} AS vertex
USING ({wanted}) AS wanted
ON vertex.id = wanted.id
WHEN MATCHED AND vertex.properties <> wanted.properties THEN UPDATE SET properties = wanted.properties
WHEN NOT MATCHED BY TARGET THEN INSERT (id, properties) VALUES (wanted.id, wanted.properties)
WHEN NOT MATCHED BY SOURCE THEN DELETE
