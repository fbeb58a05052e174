-- Purpose: LEO's campaigns in the sources' common form.
-- Grain: one row a campaign that passed. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_campaign (line, campaign_id, name, source_rev)
SELECT line, _key, nullif(btrim(name), ''), source_rev
FROM cdp_campaign AS campaign
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_campaign' AND rejected.line = campaign.line)
