-- What: the last ten runs with how they ended. Grain: one per run. Inputs: ops.run, ops.run_end.
with ended as (
  select * from ops.run_end qualify row_number() over (partition by run_id order by ended_at desc) = 1
)
select
  r.run_id, r.kind, r.run_on, r.profile, coalesce(e.status, 'unfinished') as status, e.exit_code, e.error,
  r.started_at, e.ended_at, e.published_path
from ops.run as r
left join ended as e using (run_id)
order by r.run_id desc
limit 10
