-- Purpose: coupons: codes that a shop gives out, each to one person, by the messages of a campaign.

-- Grain: one row a pool: codes of one worth, which campaigns name.
CREATE TABLE activation.coupon_pool (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    pool_id text NOT NULL CHECK (pool_id ~ '^[a-z0-9][a-z0-9_]{0,62}$'),
    -- With fewer codes left than this a reviewer is told; 0: only where they do not suffice.
    warn_below integer NOT NULL DEFAULT 0 CHECK (warn_below >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, pool_id)
);
CALL ops.protect('activation.coupon_pool');

-- Grain: one row a code. It is free until it is issued, in the transaction that begins the first attempt of a delivery;
-- from then on it is the person's for every message of the campaign.
--
-- Campaign, customer and delivery are no foreign keys: their checks would hold the campaign's row while people are held,
-- and a stop takes them the other way round. Erasing a person empties customer_id and leaves the code issued.
CREATE TABLE activation.coupon (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    code text NOT NULL CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$'),
    pool_id text NOT NULL,
    -- The order in which codes are issued.
    position bigint GENERATED ALWAYS AS IDENTITY,
    imported_at timestamptz NOT NULL DEFAULT now(),
    campaign_id text,
    customer_id text,
    delivery_id uuid,
    issued_at timestamptz,
    redeemed_at timestamptz,
    PRIMARY KEY (tenant_id, code),
    FOREIGN KEY (tenant_id, pool_id) REFERENCES activation.coupon_pool,
    UNIQUE (tenant_id, campaign_id, customer_id),
    CHECK ((issued_at IS NULL) = (campaign_id IS NULL)),
    CHECK (customer_id IS NULL OR issued_at IS NOT NULL)
);
CREATE INDEX coupon_free ON activation.coupon (tenant_id, pool_id, position) WHERE issued_at IS NULL;
CREATE INDEX coupon_of_delivery ON activation.coupon (tenant_id, delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX coupon_of_customer ON activation.coupon (tenant_id, customer_id) WHERE customer_id IS NOT NULL;
CALL ops.protect('activation.coupon');

-- What the coupon says of beginning an attempt: send, no_coupon, or put_back where a code may yet come free: one that
-- another worker holds just now, or one that was given to somebody of the same batch who may be skipped.
CREATE FUNCTION activation.coupon_verdict(
    tenant text, pool text, campaign text, customer text, batch uuid[]
) RETURNS text
    STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN EXISTS (
            SELECT FROM activation.coupon
            WHERE coupon.tenant_id = tenant AND coupon.campaign_id = campaign AND coupon.customer_id = customer
        ) THEN 'send'
        WHEN EXISTS (
            SELECT FROM activation.coupon
            WHERE coupon.tenant_id = tenant AND coupon.pool_id = pool AND coupon.issued_at IS NULL
        ) OR EXISTS (
            SELECT FROM activation.coupon
            JOIN activation.delivery USING (tenant_id, delivery_id)
            WHERE coupon.tenant_id = tenant AND coupon.pool_id = pool AND coupon.delivery_id = ANY (batch)
              AND delivery.state = 'claimed' AND delivery.attempts = 0
        ) THEN 'put_back'
        ELSE 'no_coupon'
    END
$$;
GRANT EXECUTE ON FUNCTION activation.coupon_verdict TO leo_loader, leo_writer;
