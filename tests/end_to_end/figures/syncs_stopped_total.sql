SELECT count(*) AS syncs_stopped FROM ops.sync_run WHERE state = 'stopped'
