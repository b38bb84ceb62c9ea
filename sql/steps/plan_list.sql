-- What: plans with their review status. Grain: one per plan. Inputs: out.action_plan, out.current_review, out.plan_to_review.
-- Parameters: $status (null = all; pending = those that are not superseded).
select
  p.plan_id, r.review_status, p.title_en, p.title_fa, p.action_type, p.target, p.supporters_count, p.rank,
  p.template_id, p.template_version, p.safe_for_inside_iran, p.safety_flags, p.cluster_id, p.run_on
from out.action_plan as p
join out.current_review as r using (plan_id)
where p.body_en <> '' and ($status is null or r.review_status = $status)
  and ($status is distinct from 'pending' or exists (from out.plan_to_review as w where w.plan_id = p.plan_id))
order by p.supporters_count desc, p.cluster_id, p.rank, p.plan_id
