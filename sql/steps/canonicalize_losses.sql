-- What: what went less well among the answers that a run has filed, in whatever process: a run that was killed and
-- resumed, or that went window by window, tells all of it.
-- Grain: one row. Inputs: core.canonical, core.rejection, ops.quarantine. Parameters: $run_id.
with answered as (
  select submission_id from core.canonical where run_id = $run_id
  union
  select submission_id from core.rejection where run_id = $run_id
  union
  select submission_id from ops.quarantine where run_id = $run_id and step = 'canonicalize' and event = 'filed'
),
record as (
  select count(*) as record_count, count(*) filter (len(lost_facts) > 0) as lossy_count
  from core.canonical
  where run_id = $run_id
),
dead as (
  select count(*) as dead_count
  from ops.quarantine
  where run_id = $run_id and step = 'canonicalize' and event = 'filed'
),
final as (
  select record_count, lossy_count, dead_count, (select count(*) from answered) as submission_count
  from record, dead
)
select * from final
