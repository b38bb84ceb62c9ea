-- What: the clusters a message's records were in, over time. Grain: one per record and change of cluster.
-- Inputs: core.canonical, core.membership, core.cluster_run, core.cluster. Parameters: $id.
with way as (
  select
    m.record_id, r.created_at, r.run_id, m.cluster_id, m.probability, m.outlier_reason,
    lag(m.cluster_id) over (partition by m.record_id order by r.created_at, r.cluster_run_id) as before,
    row_number() over (partition by m.record_id order by r.created_at, r.cluster_run_id) as n
  from core.membership as m
  join core.cluster_run as r using (cluster_run_id)
  semi join (select record_id from core.canonical where submission_id = $id) as c on c.record_id = m.record_id
)
select w.record_id, w.created_at as since, w.run_id, w.cluster_id, c.policy_key, round(w.probability, 3) as probability, w.outlier_reason
from way as w
left join core.cluster as c using (cluster_id)
where w.n = 1 or w.cluster_id is distinct from w.before
order by w.record_id, w.created_at
