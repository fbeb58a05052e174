-- Purpose: the events of LEO that are sound but belong to no profile known here: none named, one that has vanished, or
-- one that is itself in quarantine.
-- Grain: one row a rejected row. Parameters: tenant_id. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_trackingevent', line, _key, 'unknown_profile'
FROM cdp_trackingevent AS event
WHERE NOT EXISTS (SELECT FROM shaped_profile WHERE profile_id = "refProfileId")
  AND NOT EXISTS (SELECT FROM core.profile WHERE tenant_id = %(tenant_id)s AND profile_id = "refProfileId")
  AND NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_trackingevent' AND rejected.line = event.line)
