-- Review state of plans: the latest decision (of one instant the one filed last), pending without one.
create or replace view out.current_review as
with decided as (
  select plan_id, decision, decided_at
  from out.plan_review
  qualify row_number() over (partition by plan_id order by decided_at desc, rowid desc) = 1
)
select p.plan_id, coalesce(d.decision, 'pending') as review_status, d.decided_at
from out.action_plan as p
left join decided as d using (plan_id);
