-- What: the run that was killed, when it can go on under its own clock: none began after it, nobody has erased, reviewed or
-- decided anything since, and, once it has clustered, no message waits that it would make records of and cluster at the same instant again.
-- Grain: none or one. Inputs: ops.run, ops.event, ops.erased, ops.step, core.cluster_run, core.submission_state. Parameters: $run_id.
with killed as (
  select r.run_id, r.started_at, e.seq
  from ops.run as r
  join ops.event as e on e.event_type = 'run_started' and e.entity_id = lower(r.run_id)
  where r.run_id = $run_id and r.started_at = (select max(started_at) from ops.run)
),
of_others as (
  from ops.event as e, killed as k
  where e.seq > k.seq
    -- a run's own events: what it read and published, killed runs that it ended, what its inbox asked to erase;
    -- and answers to its own questions, whoever filed them
    and e.event_type not in ('source_read', 'run_published', 'run_ended', 'person_key_made', 'run_resealed', 'replies_collected')
    and not (e.event_type = 'submission_erased' and exists (from ops.erased as x where lower(x.submission_id) = e.entity_id and x.run_id = k.run_id))
),
clustered as (
  select run_id from ops.step where step = 'cluster'
  union
  select run_id from core.cluster_run
)
select run_id
from killed
where not exists (from of_others)
  and not (
    exists (from clustered where clustered.run_id = killed.run_id)
    and exists (from core.submission_state where state = 'pending')
  )
