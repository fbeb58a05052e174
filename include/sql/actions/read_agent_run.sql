-- Purpose: a run that an agent of LEO asked for.
-- Grain: one row or none.
-- Parameters: tenant_id, agent, dag_run_id.
-- Rerun: reads only.
SELECT agent, dag_run_id, segment_id, asked_at, leads_to, answer
FROM ops.agent_run
WHERE tenant_id = %(tenant_id)s AND agent = %(agent)s AND dag_run_id = %(dag_run_id)s
