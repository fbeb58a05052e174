-- Purpose: whether an id of whom no record is there still stands in a row set aside or in the ledger.
-- Grain: one row. Parameters: tenant_id, named, in_a_row (how rows of events and relations name a profile). Rerun: reads only.
SELECT
    EXISTS (
        SELECT FROM activation.delivery WHERE tenant_id = %(tenant_id)s AND customer_id = %(named)s
    )
    OR EXISTS (
        SELECT FROM ops.quarantine AS aside
        WHERE aside.tenant_id = %(tenant_id)s AND (
            aside.collection IN ('cdp_profile', 'crm_customers') AND aside.source_key = %(named)s
            OR aside.collection NOT IN ('cdp_profile', 'crm_customers') AND rights.readable(aside.raw) ~ %(in_a_row)s
        )
    )
