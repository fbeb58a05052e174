SELECT count(*) AS erased_total FROM rights.erasure WHERE finished_at IS NOT NULL
