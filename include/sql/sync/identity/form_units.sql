-- Purpose: what hangs together by the same CRM record, or by a person's word, is a unit; it falls apart where a person
-- took two of its profiles apart, or where more profiles than the limit came together by themselves.
-- Grain: one row a profile. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
UPDATE identity_place AS place
SET unit = CASE WHEN judged.is_whole THEN place.label ELSE place.member END,
    label = CASE WHEN judged.is_whole THEN place.label ELSE place.member END,
    has_crm = CASE WHEN judged.is_whole THEN judged.has_crm ELSE place.has_crm END,
    is_approved = judged.is_whole AND judged.is_approved
FROM (
    SELECT
        counted.*,
        (counted.profiles <= %(most_profiles)s OR counted.is_approved) AND NOT EXISTS (
            SELECT FROM core.identity_split AS split
            JOIN identity_place AS one ON one.member = split.one_profile_id
            JOIN identity_place AS other ON other.member = split.other_profile_id
            WHERE split.tenant_id = %(tenant_id)s AND one.label = counted.label AND other.label = counted.label
        ) AS is_whole
    FROM (
        SELECT
            member.label,
            count(*) AS profiles,
            bool_or(member.has_crm) AS has_crm,
            bool_or(EXISTS (
                SELECT FROM identity_link AS link WHERE link.member = member.member AND link.is_approved
            )) AS is_approved
        FROM identity_place AS member
        GROUP BY member.label
        HAVING count(*) > 1
    ) AS counted
) AS judged
WHERE place.label = judged.label
