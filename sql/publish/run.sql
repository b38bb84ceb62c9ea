-- Runs that ended, and this one, with counts taken from the tables themselves.
-- This run has no end yet when it is published: how it goes is told by its steps so far, as tasks/session.py will book it.
-- Refused lines and whole sources (files, ranges of the database) are counted apart; a file without rows is no refusal.
-- Grain: one per run. Inputs: ops.run, ops.run_end, ops.step, raw.submission, core.*, llm.spend. Parameters: $run_id.
with accepted as (select run_id, count(*) as n from raw.submission group by run_id),
refused as (
  select
    run_id,
    count(line_no) as n,
    count(*) filter (where line_no is null and reason <> 'empty_file') as source_count
  from ops.rejected
  group by run_id
),
answered as (select run_id, count(distinct submission_id) as n from core.canonical group by run_id),
-- what the platform has decided itself is the run's that read it in
declined as (
  select run_id, count(*) as n
  from (
    select run_id, submission_id from core.rejection
    union
    select run_id, submission_id from raw.submission where upstream_status = 'rejected'
  )
  group by run_id
),
filed as (
  select run_id, count(*) as n
  from (
    select run_id, submission_id from ops.quarantine where event = 'filed'
    union all
    select run_id, submission_id from raw.submission where upstream_status = 'quarantined'
  )
  group by run_id
),
spent as (select run_id, sum(cost_usd) as usd from llm.spend group by run_id),
ended as (select * from ops.run_end qualify row_number() over (partition by run_id order by ended_at desc, rowid desc) = 1),
last_step as (
  select * from ops.step where run_id = $run_id
  qualify row_number() over (partition by step order by ended_at desc, rowid desc) = 1
),
going as (
  select
    case
      when sum(coalesce(cast(details ->> 'budget_refused' as bigint), 0)) > 0 then 'budget'
      when sum(json_array_length(degradations)) > 0 then 'degraded'
      else 'done'
    end as status
  from last_step
)
select
  r.run_id, r.kind, r.run_on, r.profile, r.code_version, r.started_at,
  coalesce(e.status, if(r.run_id = $run_id, going.status, 'unfinished')) as status,
  coalesce(accepted.n, 0) as accepted_count,
  coalesce(refused.n, 0) as refused_count,
  coalesce(answered.n, 0) as processed_count,
  coalesce(declined.n, 0) as rejected_count,
  coalesce(filed.n, 0) as quarantined_count,
  coalesce(spent.usd, 0) as spent_usd,
  coalesce(refused.source_count, 0) as refused_source_count
from ops.run as r
cross join going
left join ended as e using (run_id)
left join accepted using (run_id)
left join refused using (run_id)
left join answered using (run_id)
left join declined using (run_id)
left join filed using (run_id)
left join spent using (run_id)
order by r.run_id
