-- Offending: reviews of plans and erasures without their event in the evidence chain, or with another decision, reviewer or
-- hash than it says: so an event dropped from its end is missed too, and a decision turned round by hand is found.
with reviewed as (
  select entity_id as plan_id, payload->>'decision' as decision, payload->>'reviewer' as reviewer, count(*) as event_count
  from ops.event
  where event_type = 'plan_reviewed'
  group by all
),
held as (
  select plan_id, decision, reviewer, count(*) as row_count from out.plan_review group by all
),
final as (
  select 'plan_reviewed' as event_type, coalesce(h.plan_id, b.plan_id) as entity_id
  from held as h
  full join reviewed as b on b.plan_id = lower(h.plan_id) and b.decision = h.decision and b.reviewer = h.reviewer
  where coalesce(h.row_count, 0) <> coalesce(b.event_count, 0)
  union all
  select 'submission_erased', submission_id
  from ops.erased as d
  where not exists (
    from ops.event as e
    where e.event_type = 'submission_erased'
      and e.entity_id = lower(d.submission_id)
      and (e.payload->>'text_sha256') = d.text_sha256
  )
)
select * from final
