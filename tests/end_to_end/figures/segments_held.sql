SELECT count(*) AS segments_held FROM segment.held_refresh WHERE state = 'open'
