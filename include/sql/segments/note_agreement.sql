-- Purpose: note whether graph and tables found the same customers for a segment: what stops it, or lets it go on.
-- Grain: one row a segment, its latest comparison.
-- Parameters: tenant_id, segment_id, version, as_of, graph_count, sql_count, only_in_graph, only_in_sql, agrees.
-- Rerun: writes the same again; stopped_since stays while they disagree.
INSERT INTO segment.agreement AS known (
    tenant_id, segment_id, version, as_of, graph_count, sql_count, only_in_graph, only_in_sql, stopped_since
)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(as_of)s, %(graph_count)s, %(sql_count)s, %(only_in_graph)s,
    %(only_in_sql)s, CASE WHEN NOT %(agrees)s THEN now() END
)
ON CONFLICT (tenant_id, segment_id) DO UPDATE SET
    version = excluded.version,
    as_of = excluded.as_of,
    graph_count = excluded.graph_count,
    sql_count = excluded.sql_count,
    only_in_graph = excluded.only_in_graph,
    only_in_sql = excluded.only_in_sql,
    compared_at = now(),
    stopped_since = CASE WHEN NOT %(agrees)s THEN coalesce(known.stopped_since, now()) END
