-- Purpose: put on record that somebody is handed everything that is held of a person.
-- Grain: one entry of the audit log. Parameters: customer, asked_by; the connection is bound to the tenant.
-- Rerun: each export is an entry.
SELECT rights.note_export(%(customer)s, %(asked_by)s)
