-- What: the plans to be written out as pages. Grain: one per plan. Inputs: out.current_plan, out.current_review.
-- Parameters: none.
select p.*, r.review_status
from out.current_plan as p
join out.current_review as r using (plan_id)
order by p.plan_id
