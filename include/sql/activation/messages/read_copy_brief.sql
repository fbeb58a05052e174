-- Purpose: what copy for a segment is written from; nothing of it is about a person.
-- Grain: one row; the sentence is null where the segment has no active definition, the voice where none is set.
-- Parameters: tenant_id, segment_id, languages (the wanted one, its base, and '' for every language).
-- Rerun: reads only.
SELECT
    definition.sentence, tenant.name AS tenant_name, sender.sender, voice.voice, voice.does, voice.does_not
FROM ops.tenant
LEFT JOIN segment.definition
    ON definition.tenant_id = tenant.tenant_id AND definition.segment_id = %(segment_id)s
    AND definition.state = 'active'
LEFT JOIN activation.sender ON sender.tenant_id = tenant.tenant_id AND sender.channel = 'email'
LEFT JOIN LATERAL (
    SELECT brand_voice.voice, brand_voice.does, brand_voice.does_not
    FROM unnest(%(languages)s::text[]) WITH ORDINALITY AS wanted (language, position)
    JOIN activation.brand_voice
        ON brand_voice.tenant_id = tenant.tenant_id AND brand_voice.language = wanted.language
    ORDER BY wanted.position
    LIMIT 1
) AS voice ON true
WHERE tenant.tenant_id = %(tenant_id)s
