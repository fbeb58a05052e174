-- Purpose: each request holds by itself what it restricts: refusing or lifting one does not end what another one brought.
-- Grain of rights.restriction: one row a profile, purpose and request.
ALTER TABLE rights.restriction
    DROP CONSTRAINT restriction_pkey,
    ADD PRIMARY KEY (tenant_id, profile_id, purpose, request_id);
