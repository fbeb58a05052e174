-- Purpose: whether the graph holds an edge for every interest; where it does not, it was changed by somebody else.
-- Grain: one row: interests, edges.
-- Parameters: tenant_id; {edges} is the table of the label INTERESTED_IN.
-- Rerun: reads only.
SELECT
    (SELECT count(*) FROM profile.interest WHERE tenant_id = %(tenant_id)s),
    (SELECT count(*) FROM {edges})
