-- Purpose: a new sender starts slowly where the program says so; a ramp that somebody set stays.
-- Grain: one row a sender that is new.
-- Parameters: tenant_id, provider, sender, domain, daily.
-- Rerun: changes nothing.
INSERT INTO activation.ramp (tenant_id, provider, sender, domain, daily)
VALUES (%(tenant_id)s, %(provider)s, %(sender)s, %(domain)s, %(daily)s::integer[])
ON CONFLICT (tenant_id, provider, sender, domain) DO NOTHING
