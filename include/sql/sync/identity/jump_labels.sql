-- Purpose: the way is halved: each member takes the label of its label, so that long chains need few rounds.
-- Grain: one row a member whose label changes. Parameters: {places}, a table of the stage.
-- Rerun: changes nothing when all is found.
UPDATE {places} AS place
SET label = further.label
FROM {places} AS further
WHERE further.member = place.label AND further.label < place.label
