-- What: what plans rest on by the books. Grain: one per cluster that has plans or was due for some; is_booked is false where its plans
-- are older than these books. Inputs: out.action_plan, out.latest_plan_basis. Parameters: none.
with cluster as (
  select cluster_id from out.action_plan
  union
  select cluster_id from out.latest_plan_basis
)
select c.cluster_id, b.cluster_id is not null as is_booked, b.basis, b.ground
from cluster as c
left join out.latest_plan_basis as b using (cluster_id)
