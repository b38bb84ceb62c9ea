-- Runs that ended, and this one, with counts taken from the tables themselves.
-- Grain: one per run. Inputs: ops.run, ops.run_end, raw.submission, core.*, llm.spend. Parameters: $run_id.
with accepted as (select run_id, count(*) as n from raw.submission group by run_id),
refused as (select run_id, count(*) as n from ops.rejected group by run_id),
answered as (select run_id, count(distinct submission_id) as n from core.canonical group by run_id),
declined as (select run_id, count(distinct submission_id) as n from core.rejection group by run_id),
filed as (select run_id, count(*) as n from ops.quarantine where event = 'filed' group by run_id),
spent as (select run_id, sum(cost_usd) as usd from llm.spend group by run_id),
ended as (select * from ops.run_end qualify row_number() over (partition by run_id order by ended_at desc) = 1)
select
  r.run_id, r.kind, r.run_on, r.profile, r.code_version, r.started_at,
  coalesce(e.status, if(r.run_id = $run_id, 'done', 'unfinished')) as status,
  coalesce(accepted.n, 0) as accepted_count,
  coalesce(refused.n, 0) as refused_count,
  coalesce(answered.n, 0) as processed_count,
  coalesce(declined.n, 0) as rejected_count,
  coalesce(filed.n, 0) as quarantined_count,
  coalesce(spent.usd, 0) as spent_usd
from ops.run as r
left join ended as e using (run_id)
left join accepted using (run_id)
left join refused using (run_id)
left join answered using (run_id)
left join declined using (run_id)
left join filed using (run_id)
left join spent using (run_id)
order by r.run_id
