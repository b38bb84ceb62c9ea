-- The plans of each cluster that rest on its latest summary and decision; earlier ones stay in out.action_plan, and the row, without
-- its words, of a plan that rested on a message that was erased (tasks/erase.py).
-- Grain: one per plan.
create or replace view out.current_plan as
with latest as (
  select *
  from out.action_plan
  qualify rank() over (partition by cluster_id order by created_at desc, run_id desc) = 1
)
select * from latest where body_en <> '';

-- Plans that wait for a person: current ones without a decision; a superseded draft waits for nobody.
create or replace view out.plan_to_review as
select p.*
from out.current_plan as p
semi join (from out.current_review where review_status = 'pending') as r using (plan_id);
