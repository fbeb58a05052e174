-- Purpose: forget what was looked up for one purpose, to look it up for the next.
-- Grain: none.
-- Parameters: none.
-- Rerun: fails where there is no such table in this transaction.
DROP TABLE audience_consent
