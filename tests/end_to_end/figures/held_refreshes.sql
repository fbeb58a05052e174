SELECT s.told AS state, count(h.hold_id) AS refreshes_held
FROM (VALUES
    ('open', 'Waits for a person'), ('released', 'Let pass, not published yet'), ('used', 'Let pass and published'),
    ('rejected', 'Rejected: members stayed'), ('lapsed', 'Overtaken by a later refresh')
) AS s (state, told)
LEFT JOIN segment.held_refresh AS h USING (state)
GROUP BY s.told
