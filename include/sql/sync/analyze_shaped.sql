-- Purpose: statistics of what the check has put into the common form: the merge's joins go wrong without them.
-- Grain: no row.
-- Parameters: none.
-- Rerun: does the same.
ANALYZE rejected, shaped_profile, shaped_product, shaped_event, shaped_event_metric, shaped_consent, shaped_address,
    shaped_identity, shaped_relation, shaped_campaign
