-- Purpose: why a segment was ended, and who entered and left by cause counted without reading each of them.

ALTER TABLE segment.definition ADD COLUMN retired_because text;
COMMENT ON COLUMN segment.definition.retired_because IS
    'Why the segment was ended, in the words of whoever did it; null: replaced by a version, or nothing was said.';

-- Counting a period's changes by cause reads this index alone: a first version enters everybody.
CREATE INDEX membership_change_causes ON segment.membership_change (tenant_id, run_id, change, cause);
