-- Purpose: what the sync works out for the graph and for questions in SQL alike: who can be reached on which channel, who
-- was touched by which campaign, and who brought whom. These are tables, and not views, because the graph has to say what
-- they say: a consent or a delivery of a minute ago is in neither until the next refresh, which writes both.

-- Grain: one row a customer in the graph and channel on which the tenant has addresses or statements of consent, where one
-- of the two is true. has_address: an active address of a live profile that is not suppressed for marketing. has_consent:
-- consent to marketing as activation.consent_of tells it, or the tenant's own basis where nothing is recorded.
-- graph_key is the surrogate behind the graph id of the REACHABLE_BY edge.
CREATE TABLE core.reachability (
    tenant_id text NOT NULL,
    customer_id text NOT NULL,
    channel text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    has_address boolean NOT NULL,
    has_consent boolean NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, channel),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer,
    CHECK (has_address OR has_consent)
);
CALL ops.protect('core.reachability');

-- Grain: one row a record of a campaign that the source has.
CREATE TABLE core.source_campaign (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    campaign_id text NOT NULL,
    name text,
    source_rev text NOT NULL,
    PRIMARY KEY (tenant_id, campaign_id)
);
CALL ops.protect('core.source_campaign');

-- Grain: one row a campaign that was run from here, or that an event of the source names. graph_key is behind the Campaign
-- vertex.
CREATE TABLE core.campaign (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    campaign_id text NOT NULL,
    name text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, campaign_id),
    UNIQUE (graph_key)
);
CALL ops.protect('core.campaign');

-- Grain: one row a thing that became of a campaign's message to a customer in the graph: a delivery that a provider
-- accepted, or an event of the source that names the campaign (an order of several lines is one). graph_key is behind the
-- edge RECEIVED, OPENED, CLICKED or CONVERTED.
CREATE TABLE core.campaign_touch (
    tenant_id text NOT NULL,
    -- delivery:<delivery_id>, or event:<graph_key of the event's first row>.
    source_ref text NOT NULL,
    customer_id text NOT NULL,
    campaign_id text NOT NULL,
    exposure text NOT NULL CHECK (exposure IN ('received', 'opened', 'clicked', 'converted')),
    -- Null for a purchase: the source does not say by which channel its buyer came.
    channel text,
    occurred_at timestamptz NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, source_ref),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer,
    -- A campaign goes after the last that became of it, within one transaction.
    FOREIGN KEY (tenant_id, campaign_id) REFERENCES core.campaign DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ON core.campaign_touch (tenant_id, customer_id, exposure, campaign_id);
CREATE INDEX ON core.campaign_touch (tenant_id, campaign_id, exposure);
CALL ops.protect('core.campaign_touch');

-- Grain: one row a pair of customers in the graph of whom the first (referrer_id) brought the second (customer_id).
-- graph_key is behind the REFERRED edge.
CREATE TABLE core.referral (
    tenant_id text NOT NULL,
    referrer_id text NOT NULL,
    customer_id text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, referrer_id, customer_id),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, referrer_id) REFERENCES core.customer,
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer,
    CHECK (referrer_id <> customer_id)
);
CREATE INDEX ON core.referral (tenant_id, customer_id);
CALL ops.protect('core.referral');

-- Few events name a campaign: they are found without reading the others.
CREATE INDEX event_campaign ON core.event (tenant_id, campaign_ref) WHERE campaign_ref IS NOT NULL;
-- The colours of a tenant are listed for every request: from one to the next in this, and not event by event.
CREATE INDEX event_color ON core.event (tenant_id, color) WHERE color IS NOT NULL;

-- The order of samples: a whole number from 0 to 2^31 - 1 that depends on the ids alone, so that it is the same in every
-- run, in the graph and in SQL.
CREATE FUNCTION core.shuffle(of_tenant text, customer_id text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ('x' || left(md5(of_tenant || ':' || customer_id), 8))::bit(32)::bigint & 2147483647;
