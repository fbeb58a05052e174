SELECT count(*) AS events_total FROM core.event
