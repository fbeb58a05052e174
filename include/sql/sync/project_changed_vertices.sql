-- Purpose: the vertices that a run concerns become those wanted; one that is no longer wanted goes.
-- Grain: one row a vertex. Parameters: those of {wanted}, the label's statement over the concerned rows, and source;
-- {label}, the label's table. Rerun: only vertices that differ are touched.
MERGE INTO {label} AS vertex
USING (
    SELECT concerned.id, wanted.id IS NOT NULL AS is_wanted, wanted.properties
    FROM (
        SELECT _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, graph_key) AS id
        FROM concerned_key WHERE source = %(source)s
    ) AS concerned
    LEFT JOIN ({wanted}) AS wanted USING (id)
) AS said
ON vertex.id = said.id
WHEN MATCHED AND NOT said.is_wanted THEN DELETE
WHEN MATCHED AND vertex.properties <> said.properties THEN UPDATE SET properties = said.properties
WHEN NOT MATCHED AND said.is_wanted THEN INSERT (id, properties) VALUES (said.id, said.properties)
