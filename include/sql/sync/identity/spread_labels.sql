-- Purpose: one round of the search for what hangs together: each member takes the least label of those it is linked with.
-- Grain: one row a member whose label changes. Parameters: units_only; {places} and {links}, tables of the stage.
-- Rerun: changes nothing when all is found.
UPDATE {places} AS place
SET label = nearest.label
FROM (
    SELECT link.member, min(least_of.label) AS label
    FROM {links} AS link
    JOIN (
        SELECT link.link, min(place.label) AS label
        FROM {links} AS link
        JOIN {places} AS place USING (member)
        WHERE link.is_unit OR NOT %(units_only)s
        GROUP BY link.link
    ) AS least_of USING (link)
    GROUP BY link.member
) AS nearest
WHERE place.member = nearest.member AND nearest.label < place.label
