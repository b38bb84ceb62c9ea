-- What: what plans rest on by the books, and what is decided tonight. Grain: one per cluster that has plans or was due for some,
-- living or not; is_booked is false where its plans are older than these books. Inputs: out.action_plan, out.latest_plan_basis,
-- core.current_decision, core.cluster_support. Parameters: none.
with cluster as (
  select cluster_id from out.action_plan
  union
  select cluster_id from out.latest_plan_basis
)
select
  c.cluster_id,
  b.cluster_id is not null as is_booked,
  b.basis,
  b.ground,
  d.cycle_id,
  d.target_id,
  d.winner,
  coalesce(s.supporters_count, 0) as supporters_count
from cluster as c
left join out.latest_plan_basis as b using (cluster_id)
left join core.current_decision as d using (cluster_id)
left join core.cluster_support as s using (cluster_id)
order by c.cluster_id
