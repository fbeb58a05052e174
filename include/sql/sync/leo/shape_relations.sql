-- Purpose: LEO's edges between profiles in the sources' common form. 1 is the same person, 2 family, 3 friendship,
-- which
-- LEO makes when somebody brings a friend.
-- Grain: one row an edge that passed, and kind. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_relation (line, source_key, kind, from_profile_id, to_profile_id, source_rev)
SELECT DISTINCT
    line,
    _key,
    coalesce(kind, 'other'),
    regexp_replace(_from, '^.*/', ''),
    regexp_replace(_to, '^.*/', ''),
    coalesce(_rev, md5(raw))
FROM cdp_profile2profile AS edge
LEFT JOIN LATERAL core.json_texts("relationshipTypes") AS type ON true
LEFT JOIN (VALUES ('1', 'same_person'), ('2', 'family'), ('3', 'referral')) AS named (type, kind) USING (type)
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_profile2profile' AND rejected.line = edge.line)
