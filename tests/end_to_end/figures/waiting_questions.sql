SELECT count(*) AS waiting_total FROM core.identity_case WHERE state = 'waiting'
