-- Purpose: a place in the run's stage for what was kept of purchases, which the graph tells on edges and customers.
-- Grain: one row a purchase event and item. Parameters: none; {net_purchase}, the place. Rerun: the caller drops it first.
CREATE UNLOGGED TABLE {net_purchase} (
    graph_key bigint PRIMARY KEY,
    customer_id text NOT NULL,
    order_ref text NOT NULL,
    net_quantity bigint,
    -- In the tenant's currency; null where no rate is known.
    net_minor bigint
)
