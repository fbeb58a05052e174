-- Purpose: a person's decision on a draft of copy.
-- Grain: one row where the draft waited for one; none where it was decided before.
-- Parameters: tenant_id, draft_id, state (accepted or rejected), decided_by, template_version (null where rejected).
-- Rerun: decides nothing again.
UPDATE activation.template_draft
SET state = %(state)s, decided_by = %(decided_by)s, decided_at = now(), template_version = %(template_version)s
WHERE tenant_id = %(tenant_id)s AND draft_id = %(draft_id)s AND state = 'proposed'
RETURNING draft_id
