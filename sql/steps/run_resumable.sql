-- What: the run that was killed, when it can go on under its own clock: none began after it, nobody has erased, reviewed or
-- decided anything since, and, once it has clustered, no record has come or is out that it would cluster at the same instant again.
-- Grain: none or one. Inputs: ops.run, ops.event, ops.erased, ops.step, llm.reply, llm.request, llm.open_member. Parameters: $run_id.
with killed as (
  select r.run_id, r.started_at, e.seq
  from ops.run as r
  join ops.event as e on e.event_type = 'run_started' and e.entity_id = lower(r.run_id)
  where r.run_id = $run_id and r.started_at = (select max(started_at) from ops.run)
),
of_others as (
  from ops.event as e, killed as k
  where e.seq > k.seq
    -- a run's own events: what it read and published, killed runs that it ended, what its inbox asked to erase
    and e.event_type not in ('source_read', 'run_published', 'run_ended', 'person_key_made', 'run_resealed')
    and not (e.event_type = 'submission_erased' and exists (from ops.erased as x where lower(x.submission_id) = e.entity_id and x.run_id = k.run_id))
),
records_to_come as (
  from llm.request as q, killed as k
  where q.task = 'canonicalize'
    and (
      exists (from llm.open_member as m where m.request_key = q.request_key)
      or exists (from llm.reply as a where a.request_key = q.request_key and a.run_id <> k.run_id and a.created_at >= k.started_at)
    )
)
select run_id
from killed
where not exists (from of_others)
  and not (
    exists (from ops.step as s where s.run_id = killed.run_id and s.step = 'cluster')
    and exists (from records_to_come)
  )
