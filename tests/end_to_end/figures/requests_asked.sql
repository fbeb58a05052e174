SELECT count(*) AS requests FROM segment.request WHERE state <> 'answered'
