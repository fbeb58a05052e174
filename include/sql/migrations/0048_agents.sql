-- Purpose: LEO CDP's agents name a segment by LEO's own key and a run by their own id: both are kept, and nothing else of
-- what they send.

-- Grain: one row a key by which LEO knows a segment that was imported.
CREATE TABLE segment.leo_key (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    leo_key text NOT NULL CHECK (length(leo_key) BETWEEN 1 AND 200),
    segment_id text NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, leo_key)
);
CALL ops.protect('segment.leo_key');

-- Grain: one row a run that an agent of LEO asked for; leads_to is what was started or drafted for it, null until then.
CREATE TABLE ops.agent_run (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    agent text NOT NULL,
    dag_run_id text NOT NULL CHECK (length(dag_run_id) BETWEEN 1 AND 150),
    segment_id text,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT now(),
    leads_to text,
    answer text,
    PRIMARY KEY (tenant_id, agent, dag_run_id),
    CHECK ((leads_to IS NULL) = (answer IS NULL))
);
CALL ops.protect('ops.agent_run');
