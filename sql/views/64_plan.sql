-- The plans of each cluster that rest on its latest summary and decision; earlier ones stay in out.action_plan.
-- Grain: one per plan.
create or replace view out.current_plan as
select *
from out.action_plan
qualify rank() over (partition by cluster_id order by created_at desc, run_id desc) = 1;
