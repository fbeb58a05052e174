SELECT count(*) AS syncs_finished FROM ops.sync_run WHERE state = 'projected'
