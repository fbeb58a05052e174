-- Purpose: how many decimal places a currency has. Grain: one row. Parameters: currency. Rerun: reads only.
SELECT core.minor_units(%(currency)s)
