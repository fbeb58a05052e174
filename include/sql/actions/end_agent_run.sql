-- Purpose: note what was started or drafted for an agent's run.
-- Grain: one row.
-- Parameters: tenant_id, agent, dag_run_id, asked_by (who asked when it was done), leads_to, answer.
-- Rerun: changes nothing; the first one counts.
UPDATE ops.agent_run
SET asked_by = %(asked_by)s, leads_to = %(leads_to)s, answer = %(answer)s
WHERE tenant_id = %(tenant_id)s AND agent = %(agent)s AND dag_run_id = %(dag_run_id)s AND leads_to IS NULL
