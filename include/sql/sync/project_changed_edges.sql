-- Purpose: the edges that a run concerns become those wanted; one that is no longer wanted goes.
-- Grain: one row an edge. Parameters: those of {wanted}, the label's statement over the concerned rows, and source;
-- {label}, the label's table. Rerun: only edges that differ are touched.
MERGE INTO {label} AS edge
USING (
    SELECT concerned.id, wanted.id IS NOT NULL AS is_wanted, wanted.start_id, wanted.end_id, wanted.properties
    FROM (
        SELECT _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, graph_key) AS id
        FROM concerned_key WHERE source = %(source)s
    ) AS concerned
    LEFT JOIN ({wanted}) AS wanted USING (id)
) AS said
ON edge.id = said.id
WHEN MATCHED AND NOT said.is_wanted THEN DELETE
WHEN MATCHED AND (
    edge.properties <> said.properties OR edge.start_id <> said.start_id OR edge.end_id <> said.end_id
) THEN UPDATE SET start_id = said.start_id, end_id = said.end_id, properties = said.properties
WHEN NOT MATCHED AND said.is_wanted THEN INSERT (id, start_id, end_id, properties)
    VALUES (said.id, said.start_id, said.end_id, said.properties)
