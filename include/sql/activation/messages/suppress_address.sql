-- Purpose: nothing more is sent to an address for marketing.
-- Grain: one row an address.
-- Parameters: tenant_id, channel, address_hash, source.
-- Rerun: the first one stands, and so does a stricter reason.
INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source)
VALUES (%(tenant_id)s, %(channel)s, %(address_hash)s, 'unsubscribed', %(source)s)
ON CONFLICT (tenant_id, channel, address_hash) DO NOTHING
