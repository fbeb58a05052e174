-- Purpose: what the channels beside e-mail have in common: how a person stands with a provider, by which route and rule each
-- message goes, and what a template has for providers that keep templates of their own.

-- Grain: one row an address on a channel that something was heard from: what the provider's own rules open. It is no
-- consent. Kept by the address's hash beside core.channel_address, because a sync rewrites that one and knows nothing of
-- this. No contact data is in it.
CREATE TABLE activation.contact_standing (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    channel text NOT NULL,
    address_hash bytea NOT NULL,
    -- The person's own last word to us (a message, a button), by which windows open.
    last_interaction_at timestamptz,
    -- Came by an advertisement that opens a conversation; its window is longer.
    last_referral_at timestamptz,
    -- Follows the account (Zalo OA); null: nothing was heard.
    follows boolean,
    follows_since timestamptz,
    -- Subscribed to paid marketing messages (Messenger), until the subscription ends; null: no end was told.
    subscribed_at timestamptz,
    subscribed_until timestamptz,
    unsubscribed_at timestamptz,
    -- What the subscription is used by; a secret of the person's, encrypted with the key of this installation.
    grant_token bytea,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, channel, address_hash)
);
CALL ops.protect('activation.contact_standing');

ALTER TABLE activation.delivery
    -- The way on the channel (zalo_care, messenger_window, …) and the rule of the tenant's policy by which the person may, or
    -- may not, be written to on it: kept with the send.
    ADD COLUMN route text,
    ADD COLUMN rule text,
    ADD COLUMN policy_version integer;
ALTER TABLE activation.delivery DROP CONSTRAINT delivery_skip_reason_check;
ALTER TABLE activation.delivery ADD CONSTRAINT delivery_skip_reason_check CHECK (skip_reason IN (
    'suppressed', 'no_consent', 'no_address', 'restricted', 'not_eligible', 'no_coupon', 'duplicate_address', 're_entry',
    'capped', 'quota', 'budget', 'control_group', 'holdout', 'not_allowed', 'left_segment', 'past_send_by',
    'no_quiet_hours_left', 'not_due_yet'));

ALTER TABLE activation.template
    -- The parameters of the provider's own template, by name: each a template of its own over the same slots.
    ADD COLUMN provider_parameters jsonb NOT NULL DEFAULT '{}',
    -- Where a tap on a push message leads.
    ADD COLUMN action_url text;
