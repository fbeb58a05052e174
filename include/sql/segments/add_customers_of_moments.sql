-- Purpose: customers with an edge over whose moment the edge of a window moved since the last refresh.
-- Grain: one row an edge.
-- Parameters: since and until, epoch microseconds, the first inside; {edges} is the table of the label.
-- Rerun: writes the temporary table candidate of this transaction.
INSERT INTO candidate (key)
SELECT edge.start_id::text::bigint & 281474976710655
FROM {edges} AS edge
-- The index loses the rows that are equal to the bound of >=, so the bound is one less.
WHERE agtype_access_operator(VARIADIC ARRAY[edge.properties, '"at"'::agtype]) > (%(since)s - 1)::text::agtype
  AND agtype_access_operator(VARIADIC ARRAY[edge.properties, '"at"'::agtype]) < %(until)s::text::agtype
