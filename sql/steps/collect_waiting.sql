-- What: the last run, when it has ended and answers have been filed since: it can be finished now.
-- Grain: none or one. Inputs: ops.run, ops.run_end, llm.reply. Parameters: none.
with last_run as (
  select r.run_id, r.run_on, r.profile
  from ops.run as r
  where r.kind in ('nightly', 'backfill')
  order by r.started_at desc, r.run_id desc
  limit 1
),
final as (
  select l.run_on, l.profile
  from last_run as l
  join ops.run_end as e using (run_id)
  where exists (from llm.reply as p where p.batch_id is not null and p.created_at > e.ended_at)
)
select * from final
