-- What: plans that wait for a person. Grain: one per plan. Inputs: out.action_plan, out.current_review.
select
  p.title_en as plan,
  replace(p.action_type, '_', ' ') as kind,
  p.supporters_count as people,
  p.rank,
  p.plan_id,
  p.target as addressee
from out.action_plan as p
join out.current_review as r using (plan_id)
where r.review_status = 'pending'
order by p.supporters_count desc, p.cluster_id, p.rank, p.plan_id
