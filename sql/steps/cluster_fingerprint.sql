-- What: how many live records there are and a hash of which, so that a night without change does no clustering.
-- Grain: one row. Inputs: core.record.
select
  count(*) as record_count,
  sha256(coalesce(string_agg(record_id || text_hash, ',' order by record_id), '')) as fingerprint
from core.record
