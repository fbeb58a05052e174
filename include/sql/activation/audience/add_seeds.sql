-- Purpose: give the addresses of the campaign's seed list a copy of a run.
-- Grain: one row an address and channel of the campaign.
-- Parameters: tenant_id, campaign_run_id, channels.
-- Rerun: adds nothing the second time.
--
-- A seed is no customer: its name in the ledger is made of the address's hash.
INSERT INTO activation.delivery
    (tenant_id, campaign_run_id, customer_id, channel, address, address_hash, domain, state, recipient_kind)
SELECT
    run.tenant_id, run.campaign_run_id, 'seed/' || left(encode(seed.address_hash, 'hex'), 24), seed.channel,
    seed.address, seed.address_hash,
    CASE WHEN seed.channel = 'email' THEN lower(split_part(seed.address, '@', -1)) END,
    'planned', 'seed'
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
JOIN activation.seed_address AS seed
    ON seed.tenant_id = campaign.tenant_id AND seed.seed_list_id = campaign.seed_list_id
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s AND run.kind = 'campaign'
  AND seed.channel = ANY (%(channels)s)
ON CONFLICT DO NOTHING
RETURNING delivery_id
