SELECT named.act, count(done.act) AS act_count
FROM (VALUES ('pause', 'Paused'), ('resume', 'Went on'), ('stop', 'Stopped'), ('cancel', 'Cancelled'), ('all', 'All sending stopped'))
    AS named (code, act)
LEFT JOIN (
    SELECT act FROM activation.intervention
    UNION ALL
    SELECT 'all' FROM ops.sending_stop
) AS done ON done.act = named.code
GROUP BY 1
