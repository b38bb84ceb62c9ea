-- Offending: reviews of plans and erasures without their event in the evidence chain, so that an event dropped from its end
-- is missed too.
select 'plan_reviewed' as event_type, plan_id as entity_id
from out.plan_review as r
where (select count(*) from out.plan_review as o where o.plan_id = r.plan_id) > (
  select count(*) from ops.event as e where e.event_type = 'plan_reviewed' and e.entity_id = lower(r.plan_id)
)
union all
select 'submission_erased', submission_id
from ops.erased as d
where not exists (
  from ops.event as e where e.event_type = 'submission_erased' and e.entity_id = lower(d.submission_id)
)
