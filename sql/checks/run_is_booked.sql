-- Offending: runs, and ends of runs, without their event in the evidence chain, so that an event dropped from its end is missed.
with booked as (
  select event_type, entity_id, count(*) as event_count from ops.event
  where event_type in ('run_started', 'run_ended')
  group by all
),
held as (
  select 'run_started' as event_type, run_id, count(*) as row_count from ops.run group by run_id
  union all
  select 'run_ended', run_id, count(*) from ops.run_end group by run_id
),
final as (
  select h.event_type, h.run_id, h.row_count, coalesce(b.event_count, 0) as event_count
  from held as h
  left join booked as b on b.event_type = h.event_type and b.entity_id = lower(h.run_id)
  where h.row_count <> coalesce(b.event_count, 0)
)
select * from final
