-- What: the plans to be written out as pages: current ones, and those a person has approved, superseded or not.
-- Grain: one per plan. Inputs: out.action_plan, out.current_plan, out.current_review, core.erased_ids. Parameters: none.
select p.* replace (list_filter(p.evidence, lambda x: not list_contains(e.submission_ids, x)) as evidence), r.review_status, n.plan_id is not null as is_current
from out.action_plan as p
cross join core.erased_ids as e
join out.current_review as r using (plan_id)
left join (select plan_id from out.current_plan) as n using (plan_id)
where p.body_en <> '' and (n.plan_id is not null or r.review_status = 'approved')
order by p.plan_id
