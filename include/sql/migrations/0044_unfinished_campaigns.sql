-- Purpose: a campaign's form that somebody is still filling in, kept as it was typed: nothing of it is planned or sent.

-- Grain: one row a form. It goes when the campaign is submitted, or when it is thrown away.
CREATE TABLE activation.unfinished_campaign (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    unfinished_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- The campaign that the form would change; null: a new one.
    campaign_id text,
    -- The fields by name, each a text, also those that hold what no campaign may say.
    typed jsonb NOT NULL CHECK (jsonb_typeof(typed) = 'object'),
    saved_by text NOT NULL CHECK (saved_by <> ''),
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, unfinished_id),
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES activation.campaign
);
CALL ops.protect('activation.unfinished_campaign');
REVOKE ALL ON activation.unfinished_campaign FROM leo_loader;
