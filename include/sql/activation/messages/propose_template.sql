-- Purpose: keep copy that was proposed, until a person decides.
-- Grain: one row, the number of the draft.
-- Parameters: tenant_id, template_id, channel, language, segment_id, sentence, subject, preheader, body, model,
--   prompt_version, proposed_for.
-- Rerun: another draft.
INSERT INTO activation.template_draft (
    tenant_id, template_id, channel, language, segment_id, sentence, subject, preheader, body, model, prompt_version,
    proposed_for)
VALUES (
    %(tenant_id)s, %(template_id)s, %(channel)s, %(language)s, %(segment_id)s, %(sentence)s, %(subject)s,
    %(preheader)s, %(body)s, %(model)s, %(prompt_version)s, %(proposed_for)s)
RETURNING draft_id
