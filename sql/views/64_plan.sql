-- one per cluster whose vote has decided: the last cycle that is over; of several targets in it, the one with most voters
create or replace view core.current_decision as
select o.*, y.ends_at
from core.current_outcome as o
join core.cycle as y using (cycle_id)
where o.is_final and o.has_quorum and o.cluster_id is not null
qualify row_number() over (
  partition by o.cluster_id order by y.ends_at desc, o.turnout_count desc, o.cycle_id, o.target_id
) = 1;

-- one per cluster whose plans' basis was ever booked: the basis of tonight. A ground without a basis: the decision stands, and tonight's words
-- carry no plan of it (a summary held back while another round decided); plans written on that ground before are current.
create or replace view out.latest_plan_basis as
select *
from out.plan_basis
qualify row_number() over (partition by cluster_id order by created_at desc, rowid desc) = 1;

-- The plans of each cluster that rest on its latest decision, those of its latest summary before others; what has lost its decision
-- is current no more, though nothing follows it. All plans stay in out.action_plan, and the row, without its words, of a
-- plan that rested on a message that was erased (tasks/erase.py). Plans older than the books of out.plan_basis: the latest of each cluster.
-- Grain: one per plan.
create or replace view out.current_plan as
with known as (
  select distinct cluster_id, basis, ground from out.plan_basis where basis is not null
),
resting as (
  select p.*
  from out.action_plan as p
  left join known as k on k.cluster_id = p.cluster_id and k.basis = split_part(p.plan_id, '-', 1)
  left join out.latest_plan_basis as b on b.cluster_id = p.cluster_id
  where b.cluster_id is null or k.ground = b.ground
  qualify rank() over (
    partition by p.cluster_id order by coalesce(k.basis = b.basis, false) desc, p.created_at desc, p.run_id desc
  ) = 1
)
select * from resting where body_en <> '';

-- Plans that wait for a person: current ones without a decision; a superseded draft waits for nobody.
create or replace view out.plan_to_review as
select p.*
from out.current_plan as p
semi join (from out.current_review where review_status = 'pending') as r using (plan_id);
