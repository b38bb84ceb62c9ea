-- Live records: those of the latest answer to each submission that is neither erased nor quarantined.
-- Grain: one per record. `person` is whom it counts for: the person's key, or the submission when unknown.

create or replace view core.record as
select
  c.*,
  s.person_key,
  coalesce(s.person_key, s.submission_id) as person,
  s.created_at as said_at,
  d.representative_key,
  d.language
from core.canonical as c
join core.latest_answer as a
  on a.submission_id = c.submission_id and a.request_key = c.request_key and a.created_at = c.created_at and a.kind = 'record'
join core.submission_state as t on t.submission_id = c.submission_id and t.state = 'processed'
join raw.submission as s on s.submission_id = c.submission_id
join core.current_redaction as d on d.submission_id = c.submission_id;

-- What no published row may cite: one row, the ids of the erased messages and of what was made of them.
create or replace view core.erased_ids as
select
  coalesce(list(distinct e.submission_id), []) as submission_ids,
  coalesce(list(distinct c.record_id) filter (c.record_id is not null), []) as record_ids
from ops.erased as e
left join core.canonical as c using (submission_id);
