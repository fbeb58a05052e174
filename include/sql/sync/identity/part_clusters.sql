-- Purpose: a cluster that a person has to decide about falls into its units until then.
-- Grain: one row a profile. Parameters: none. Rerun: changes nothing the second time.
UPDATE identity_place SET label = unit
FROM (SELECT unnest(members) AS member FROM found_case) AS asked
WHERE identity_place.member = asked.member AND label <> unit
