-- Purpose: note that an agent of LEO asked for a run, by the id that it gave.
-- Grain: one row a tenant, agent and id.
-- Parameters: tenant_id, agent, dag_run_id, segment_id (or null), asked_by.
-- Rerun: changes nothing; the first one counts.
INSERT INTO ops.agent_run (tenant_id, agent, dag_run_id, segment_id, asked_by)
VALUES (%(tenant_id)s, %(agent)s, %(dag_run_id)s, %(segment_id)s, %(asked_by)s)
ON CONFLICT (tenant_id, agent, dag_run_id) DO NOTHING
