-- Purpose: the life of a row that was set aside: open until the source or a repair settles it.

-- state: open: the row stands at the source as it was set aside. superseded: the source has another state of it, which
-- passed or was set aside itself. replayed: a repaired row was merged in its place. gone: the source no longer has it;
-- its bytes are then emptied. The rows of a run that was stopped are evidence: they are not part of what the tenant has,
-- whatever their state (ops.open_quarantine leaves them out).
ALTER TABLE ops.quarantine
    ADD COLUMN source_rev text,
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'superseded', 'replayed', 'gone')),
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN closed_by_run bigint REFERENCES ops.sync_run,
    ADD CONSTRAINT closed_when_not_open CHECK ((state = 'open') = (closed_at IS NULL));

-- Until now every run entered its rows anew: what the last complete run set aside is what is open.
UPDATE ops.quarantine AS aside
SET source_key = coalesce(aside.source_key, ''),
    source_rev = coalesce(substring(encode(aside.raw, 'escape') FROM '"_rev"\s*:\s*"([^"\\]+)"'), md5(aside.raw)),
    state = CASE WHEN last.sync_run_id = aside.sync_run_id THEN 'open' ELSE 'superseded' END,
    closed_at = CASE WHEN last.sync_run_id = aside.sync_run_id THEN NULL ELSE now() END,
    closed_by_run = CASE WHEN last.sync_run_id <> aside.sync_run_id THEN last.sync_run_id END
FROM ops.quarantine AS each
LEFT JOIN (
    SELECT tenant_id, max(sync_run_id) AS sync_run_id FROM ops.sync_run WHERE state = 'projected' GROUP BY tenant_id
) AS last USING (tenant_id)
WHERE each.quarantine_id = aside.quarantine_id;

ALTER TABLE ops.quarantine
    ALTER COLUMN source_key SET NOT NULL,
    ALTER COLUMN source_rev SET NOT NULL;
COMMENT ON COLUMN ops.quarantine.source_key IS
    'The row''s key at the source, '''' where none can be found in its bytes.';
-- A repair keeps the revision: the source wins again only when the row changes there.
COMMENT ON COLUMN ops.quarantine.source_rev IS
    'The row''s revision at the source, or the md5 of its bytes where it has none.';
CREATE INDEX ON ops.quarantine (tenant_id, collection, state);

-- Grain: one row of the source that is set aside now: what passed and this are together what the source has.
CREATE VIEW ops.open_quarantine WITH (security_invoker = true) AS
SELECT aside.*
FROM ops.quarantine AS aside
JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
WHERE aside.state = 'open' AND run.state <> 'stopped';
GRANT SELECT ON ops.open_quarantine TO leo_loader, leo_writer;

-- Grain: sync that set the rows aside, collection, rule. It does not stand on ops.open_quarantine: a view with
-- security_invoker asks for the rights of whoever reads, also from inside another view.
SET LOCAL ROLE leo_report_owner;
CREATE OR REPLACE VIEW report.quarantine AS
SELECT t.tenant_id, t.name AS tenant, q.sync_run_id, q.collection, replace(q.rule, '_', ' ') AS rule, count(*) AS rows_set_aside,
       max(q.created_at) AS latest_at
FROM ops.quarantine AS q
JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE q.state = 'open' AND run.state <> 'stopped'
GROUP BY t.tenant_id, q.sync_run_id, q.collection, q.rule;
RESET ROLE;
