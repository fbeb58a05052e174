-- Purpose: a report of requests repeats no contact data that somebody wrote into one.

SET LOCAL ROLE leo_report_owner;

-- A text with […] in the place of e-mail addresses, web addresses and telephone numbers. The rules are those of the prompts
-- (segments/planners/llm_masking.py), less exact: an amount or a date stays, a report may lose a number too many.
CREATE FUNCTION report.masked(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN regexp_replace(regexp_replace(regexp_replace(
    words,
    '[^\s<>"“”,;:()]+\s?@\s?[^\s<>"“”,;:()]+', '[…]', 'g'),
    '([a-z]+://|\mwww\.)\S+', '[…]', 'gi'),
    '(\+|\m00)\s?\(?\d([\s.()-]{0,2}\d){6,14}|\m\(?0\d([\s.()-]{0,2}\d){7,12}|\m\d{9,}', '[…]', 'g');
GRANT EXECUTE ON FUNCTION report.masked TO leo_reporter;

-- Grain: one row a request; its words are a marketer's own, less the contact data in them.
CREATE OR REPLACE VIEW report.request AS
SELECT t.tenant_id, t.name AS tenant, r.request_id, report.masked(r.text) AS text, replace(r.state, '_', ' ') AS state,
       r.planner, d.sentence, v.member_count AS members,
       report.masked(array_to_string(r.unplaced, ', ')) AS not_understood, r.requested_at
FROM segment.request AS r
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.preview AS v USING (tenant_id, segment_id, version);

RESET ROLE;
