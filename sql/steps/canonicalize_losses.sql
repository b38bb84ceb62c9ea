-- What: what went less well among the answers that a night has filed, in whatever process or run: one that was killed and
-- resumed, that went window by window, or whose stragglers came to a later run of the same date, is judged by all of it.
-- A run that filed nothing tells nothing.
-- Grain: one row. Inputs: core.canonical, core.rejection, ops.quarantine, ops.run. Parameters: $run_id.
with night as (
  select r.run_id
  from ops.run as r
  join ops.run as this on this.run_id = $run_id
  where r.run_on = this.run_on and (r.kind = 'backfill') = (this.kind = 'backfill')
),
answered as (
  select submission_id, run_id from core.canonical
  union
  select submission_id, run_id from core.rejection
  union
  select submission_id, run_id from ops.quarantine where step = 'canonicalize' and event = 'filed'
),
told as (
  select run_id from night
  where $run_id in (select run_id from answered)
),
record as (
  select count(*) as record_count, count(*) filter (len(lost_facts) > 0) as lossy_count
  from core.canonical
  semi join told using (run_id)
),
dead as (
  select count(distinct submission_id) as dead_count
  from ops.quarantine
  semi join told using (run_id)
  where step = 'canonicalize' and event = 'filed'
),
final as (
  select
    record_count, lossy_count, dead_count,
    (select count(distinct submission_id) from answered semi join told using (run_id)) as submission_count
  from record, dead
)
select * from final
