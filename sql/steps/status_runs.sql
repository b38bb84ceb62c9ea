-- What: the last ten runs with how they ended. Grain: one per run. Inputs: ops.run, ops.run_end, ops.event.
-- Parameters: $is_copy. A copy for readers is made by a run's publish step, before its end is booked: of that run it
-- knows that it published, and not how it ended.
with ended as (
  select * from ops.run_end qualify row_number() over (partition by run_id order by ended_at desc, rowid desc) = 1
),
published as (
  select distinct entity_id from ops.event where event_type = 'run_published'
)
select
  r.run_id, r.kind, r.run_on, r.profile,
  coalesce(e.status, if($is_copy and p.entity_id is not null, 'published', 'unfinished')) as status,
  e.exit_code, e.error, r.started_at, e.ended_at, e.published_path
from ops.run as r
left join ended as e using (run_id)
left join published as p on p.entity_id = lower(r.run_id)
order by r.run_id desc
limit 10
