-- Offending: members of the latest cluster run without a live record, and live records without a membership.
select coalesce(m.record_id, r.record_id) as record_id
from core.current_membership as m
full join core.record as r using (record_id)
where (m.record_id is null or r.record_id is null) and exists (from core.latest_cluster_run)
