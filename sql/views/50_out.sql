-- Review state of plans: the latest decision, pending without one.
create or replace view out.current_review as
with decided as (
  select plan_id, arg_max(decision, decided_at) as decision, max(decided_at) as decided_at
  from out.plan_review
  group by plan_id
)
select p.plan_id, coalesce(d.decision, 'pending') as review_status, d.decided_at
from out.action_plan as p
left join decided as d using (plan_id);
