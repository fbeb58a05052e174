SELECT count(*) AS segments FROM segment.definition WHERE state = 'active'
