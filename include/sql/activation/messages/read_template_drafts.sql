-- Purpose: drafts of copy, the newest first.
-- Grain: one row a draft.
-- Parameters: tenant_id, draft_id (null: all), state (null: all), at_most.
-- Rerun: reads only.
SELECT
    draft_id, template_id, channel, language, segment_id, sentence, subject, preheader, body, model, prompt_version,
    state, proposed_for, decided_by, template_version
FROM activation.template_draft
WHERE tenant_id = %(tenant_id)s
  AND (%(draft_id)s::bigint IS NULL OR draft_id = %(draft_id)s)
  AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY draft_id DESC
LIMIT %(at_most)s
