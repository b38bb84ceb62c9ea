-- Offending: members of the latest cluster run without a live record, and live records of its time without a membership.
-- What was erased since, and what was understood since (a run that was stopped before it clustered), waits for the next run.
select coalesce(m.record_id, r.record_id) as record_id
from core.current_membership as m
full join core.record as r using (record_id)
left join core.canonical as c on c.record_id = m.record_id and r.record_id is null
where
  exists (from core.latest_cluster_run)
  and (
    (r.record_id is null and not exists (from ops.erased as e where e.submission_id = c.submission_id))
    or (m.record_id is null and r.created_at <= (select max(created_at) from core.latest_cluster_run))
  )
