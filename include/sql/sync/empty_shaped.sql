-- Purpose: forget what an earlier, interrupted check of this run found. Grain: every row of the temporary tables.
-- Parameters: none. Rerun: does the same.
TRUNCATE rejected, shaped_profile, shaped_product, shaped_event, shaped_event_metric, shaped_consent, shaped_address,
    shaped_identity, shaped_relation, shaped_campaign
