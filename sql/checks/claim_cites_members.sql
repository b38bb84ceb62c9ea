-- Offending: published claims that cite no record, or one that never was a member of the cluster.
with cited as (
  select m.summary_id, m.ordinal, t.cluster_id, t.cluster_run_id, unnest(m.record_ids) as record_id
  from core.claim as m
  join core.summary as t using (summary_id)
  where m.is_ok
)
select c.summary_id, c.ordinal, c.record_id
from cited as c
left join core.membership as b
  on b.cluster_run_id = c.cluster_run_id and b.record_id = c.record_id and b.cluster_id = c.cluster_id
where b.record_id is null
union all
select summary_id, ordinal, null from core.claim where is_ok and len(record_ids) = 0
