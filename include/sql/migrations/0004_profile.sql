-- Purpose: what is computed about customers: interests, a text without contact data, and its vector.

-- Grain: one row a profile of a customer who did not refuse profiling. The latest statement of each profile and channel
-- holds; one refusal among a customer's profiles, deleted ones included, refuses for the person. A refusal holds from
-- when it is known, whatever the as-of of a computation.
CREATE VIEW profile.profiled WITH (security_invoker = true) AS
SELECT profile.tenant_id, profile.profile_id, profile.customer_id, profile.is_primary
FROM core.profile AS profile
WHERE profile.deleted_at IS NULL
  AND NOT EXISTS (
      SELECT FROM (
          SELECT DISTINCT ON (consent.tenant_id, consent.profile_id, consent.channel)
              consent.tenant_id, stated.customer_id, consent.state
          FROM core.consent AS consent
          JOIN core.profile AS stated USING (tenant_id, profile_id)
          WHERE consent.purpose = 'profiling'
          ORDER BY consent.tenant_id, consent.profile_id, consent.channel, consent.since DESC, consent.consent_id DESC
      ) AS latest
      WHERE latest.tenant_id = profile.tenant_id
        AND latest.customer_id = profile.customer_id
        AND latest.state = 'denied'
  );
GRANT SELECT ON profile.profiled TO leo_loader, leo_writer;

-- Grain: one row an interest model and kind of event: how much one event says about an interest, and the scale of the
-- model. The same for every tenant; core.event_metric holds what a tenant's own CDP scores differently.
CREATE TABLE profile.event_weight (
    interest_model text NOT NULL,
    -- 'event_weight' weighs core.event.event_type, 'leo_event_metric' core.event.metric_name.
    event_name text NOT NULL,
    weight double precision NOT NULL,
    PRIMARY KEY (interest_model, event_name)
);
INSERT INTO profile.event_weight (interest_model, event_name, weight) VALUES
    ('event_weight', 'view', 1),
    ('event_weight', 'add_to_cart', 2),
    ('event_weight', 'purchase', 3),
    ('leo_event_metric', 'page-view', 1),
    ('leo_event_metric', 'item-view', 6),
    ('leo_event_metric', 'add-to-cart', 24),
    ('leo_event_metric', 'purchase', 27),
    ('leo_event_metric', 'repurchase', 34),
    ('leo_event_metric', 'negative-feedback', -40);
GRANT SELECT ON profile.event_weight TO leo_loader, leo_writer, leo_report_owner;

-- Grain: one row a customer, topic type and topic. raw is the weighted sum, decayed to as_of where the tenant has a
-- half-life; score is its share of the customer's own largest raw within the type (0 to 1). graph_key is the surrogate
-- behind the graph id of the INTERESTED_IN edge.
CREATE TABLE profile.interest (
    tenant_id text NOT NULL,
    customer_id text NOT NULL,
    topic_type text NOT NULL CHECK (topic_type IN ('product', 'category', 'brand', 'color', 'keyword', 'tag')),
    topic text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    raw double precision NOT NULL CHECK (raw > 0),
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    is_primary boolean NOT NULL DEFAULT false,
    model_version text NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, topic_type, topic),
    UNIQUE (graph_key),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer
);
CREATE INDEX ON profile.interest (tenant_id, topic_type, topic, customer_id);
COMMENT ON COLUMN profile.interest.is_primary IS
    'One of the customer''s two largest of the type (ties by topic): primary interests and preferred colours.';
CALL ops.protect('profile.interest');

-- Grain: one row a customer whose interests were computed: what they were computed from, so that only customers of
-- whom something changed are computed again. fingerprint does not depend on the order of events.
CREATE TABLE profile.interest_input (
    tenant_id text NOT NULL,
    customer_id text NOT NULL,
    fingerprint text NOT NULL,
    PRIMARY KEY (tenant_id, customer_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer
);
CALL ops.protect('profile.interest_input');

-- Grain: one row a topic of the tenant: what a customer can be interested in. graph_key is behind the Topic vertex.
CREATE TABLE profile.topic (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    topic_type text NOT NULL,
    topic text NOT NULL,
    graph_key bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant_id, topic_type, topic),
    UNIQUE (graph_key)
);
CALL ops.protect('profile.topic');

-- Grain: one row a customer: the text that is embedded. input_hash is SHA-256 of body, as_of when it became true.
CREATE TABLE profile.text (
    tenant_id text NOT NULL,
    customer_id text NOT NULL,
    body text NOT NULL,
    input_hash bytea NOT NULL,
    as_of timestamptz NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, customer_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES core.customer
);
CREATE INDEX ON profile.text (tenant_id, input_hash);
CALL ops.protect('profile.text');

-- Grain: one row a distinct text, model and precision; customers with equal texts share it.
CREATE TABLE profile.embedding (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    model text NOT NULL,
    precision text NOT NULL,
    input_hash bytea NOT NULL,
    vector public.vector NOT NULL,
    embedded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, model, precision, input_hash)
);
ALTER TABLE profile.embedding ALTER COLUMN vector SET STORAGE PLAIN;
CALL ops.protect('profile.embedding');

-- Grain: one row a topic, model and precision.
CREATE TABLE profile.topic_embedding (
    tenant_id text NOT NULL,
    topic_type text NOT NULL,
    topic text NOT NULL,
    model text NOT NULL,
    precision text NOT NULL,
    vector public.vector NOT NULL,
    embedded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, topic_type, topic, model, precision),
    FOREIGN KEY (tenant_id, topic_type, topic) REFERENCES profile.topic ON DELETE CASCADE
);
CALL ops.protect('profile.topic_embedding');
GRANT SELECT ON profile.interest, profile.topic, profile.text, profile.embedding, profile.topic_embedding TO leo_reader;
