-- Purpose: addresses that the source has: new ones with their keyed hash, and those back that had gone from the source.
-- An address retired for another reason (it bounced) stays so; one that nothing may be sent to comes retired.
-- Grain: one row a profile, channel and address. Parameters: tenant_id, pseudonym_key. Rerun: finds no difference.
MERGE INTO core.channel_address AS known
USING shaped_address AS read
ON known.tenant_id = %(tenant_id)s AND known.profile_id = read.profile_id AND known.channel = read.channel
    AND known.address = read.address
WHEN MATCHED AND known.state = 'retired' AND known.retired_reason = 'gone_from_source' THEN UPDATE SET
    state = 'active', retired_reason = NULL
WHEN NOT MATCHED THEN INSERT (tenant_id, profile_id, channel, address, address_hash, state, retired_reason)
VALUES (
    %(tenant_id)s, read.profile_id, read.channel, read.address,
    core.address_hash(read.channel, read.address, %(pseudonym_key)s),
    CASE WHEN read.fault IS NULL THEN 'active' ELSE 'retired' END, read.fault)
