-- Purpose: in what circumstances a segment's members were found last, and whether what was touched since is known: it
--          is where every trigger of the graph is at work, and the transactions are those of this server.
-- Grain: one row, none before the first refresh.
-- Parameters: tenant_id, segment_id, graph_name, triggers (how many note who is touched).
-- Rerun: reads only.
SELECT
    known.version, known.as_of, known.schema_version, known.interest_model, known.seen::text, known.whole_at,
    known.refreshed_at,
    pg_snapshot_xmax(known.seen) <= pg_snapshot_xmax(pg_current_snapshot()) AND (
        SELECT count(*)
        FROM pg_trigger AS trigger
        JOIN pg_class AS class ON class.oid = trigger.tgrelid
        JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname = %(graph_name)s AND trigger.tgname LIKE 'note\_touched\_%%' AND trigger.tgenabled = 'O'
    ) >= %(triggers)s AS is_noted,
    EXISTS (
        SELECT FROM segment.agreement AS agreement
        WHERE agreement.tenant_id = known.tenant_id AND agreement.segment_id = known.segment_id
          AND agreement.stopped_since IS NOT NULL
    ) AS is_stopped,
    EXISTS (
        SELECT FROM segment.held_refresh AS hold
        WHERE hold.tenant_id = known.tenant_id AND hold.segment_id = known.segment_id
          AND hold.state IN ('open', 'released')
    ) AS is_held
FROM segment.refreshed AS known
WHERE known.tenant_id = %(tenant_id)s AND known.segment_id = %(segment_id)s
