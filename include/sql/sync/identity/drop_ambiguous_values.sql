-- Purpose: a value that several CRM records share does not say whose it is: it joins nobody until a person decides.
-- Grain: one row a value; its links go. Parameters: none. Rerun: the caller rolls back.
WITH ambiguous AS (
    SELECT link.link
    FROM identity_link AS link
    JOIN identity_place AS place USING (member)
    WHERE NOT link.is_unit AND place.has_crm
    GROUP BY link.link
    HAVING count(DISTINCT place.unit) > 1
), marked AS (
    UPDATE shared_value SET use = 'crm' FROM ambiguous WHERE shared_value.link = ambiguous.link
)
DELETE FROM identity_link AS link USING ambiguous WHERE link.link = ambiguous.link
