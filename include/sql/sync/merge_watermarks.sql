-- Purpose: up to where each partition was read by now; never back.
-- Grain: one row a collection and partition. Parameters: tenant_id, sync_run_id. Rerun: finds none that is later.
MERGE INTO ops.sync_watermark AS known
USING read_until AS read
ON known.tenant_id = %(tenant_id)s AND known.collection = read.collection AND known.partition = read.partition
WHEN MATCHED AND (read.moment, read.last_key COLLATE "C") > (known.moment, known.last_key COLLATE "C") THEN UPDATE SET
    moment = read.moment, last_key = read.last_key, sync_run_id = %(sync_run_id)s
WHEN NOT MATCHED THEN INSERT (tenant_id, collection, partition, moment, last_key, sync_run_id)
VALUES (%(tenant_id)s, read.collection, read.partition, read.moment, read.last_key, %(sync_run_id)s)
