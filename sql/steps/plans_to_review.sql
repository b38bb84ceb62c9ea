-- What: plans that wait for a person. Grain: one per plan. Inputs: out.plan_to_review.
select
  p.title_en as plan,
  replace(p.action_type, '_', ' ') as kind,
  p.supporters_count as people,
  p.rank,
  p.plan_id,
  p.run_id,
  p.safety_flags,
  p.target as addressee
from out.plan_to_review as p
order by p.supporters_count desc, p.cluster_id, p.rank, p.plan_id
