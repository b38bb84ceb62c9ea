-- Offending: members of the latest cluster run without a live record, and live records of its time without a membership.
-- What was erased since, and what was understood since (a run that was stopped before it clustered), waits for the next run.
with bodiless as (
  select m.record_id, c.submission_id
  from core.current_membership as m
  anti join core.record as r using (record_id)
  left join core.canonical as c using (record_id)
),
homeless as (
  select r.record_id
  from core.record as r
  join (select max(created_at) as clustered_at from core.latest_cluster_run) as l on r.created_at <= l.clustered_at
  anti join core.current_membership as m using (record_id)
)
select record_id from bodiless
anti join ops.erased as e using (submission_id)
union all
select record_id from homeless
