-- Live submissions, their latest redaction and the one state each is in.
-- Grain: one per submission. The state is what the run report's counts add up from.

create or replace view core.live_submission as
select s.*
from raw.submission as s
anti join ops.erased as e using (submission_id)
where s.raw_text is not null
  and coalesce(s.upstream_status, 'pending') not in ('rejected', 'quarantined');

create or replace view core.current_redaction as
select *
from core.redaction
qualify row_number() over (partition by submission_id order by created_at desc, redactor_version, rowid desc) = 1;

-- the latest answer to a submission, be it records or a rejection
create or replace view core.latest_answer as
with answer as (
  select distinct submission_id, request_key, created_at, 'record' as kind from core.canonical
  union all
  select submission_id, request_key, created_at, 'rejection' from core.rejection
)
select *
from answer
qualify row_number() over (partition by submission_id order by created_at desc, request_key) = 1;

-- what was filed last counts, whatever its clock says: a night that is booked under a past date may follow an operator's retry
-- (the clock stands behind the rowid for DuckDB 1.5's sake, which cannot bind a window over the rowid alone in some joins)
create or replace view ops.current_quarantine as
select *
from ops.quarantine
qualify row_number() over (partition by submission_id order by rowid desc, created_at desc) = 1;

create or replace view core.submission_state as
select
  s.submission_id,
  s.person_key,
  s.created_at,
  case
    when e.submission_id is not null then 'erased'
    when s.upstream_status = 'rejected' then 'rejected'
    when s.upstream_status = 'quarantined' then 'quarantined'
    when q.event = 'filed' then 'quarantined'
    when q.event = 'drop' then 'rejected'
    when a.kind = 'record' then 'processed'
    when a.kind = 'rejection' then 'rejected'
    else 'pending'
  end as state,
  case
    when e.submission_id is not null then coalesce(e.reason, 'on request')
    when s.upstream_status in ('rejected', 'quarantined') then 'upstream'
    when q.event = 'filed' then q.step || ': ' || q.reason
    when q.event = 'drop' then 'dropped by an operator'
    when a.kind = 'rejection' then r.reason
    when a.kind = 'record' then null
    when d.submission_id is null then 'waits for redaction'
    else 'waits for an answer'
  end as detail
from raw.submission as s
left join ops.erased as e using (submission_id)
left join ops.current_quarantine as q using (submission_id)
left join core.latest_answer as a using (submission_id)
left join core.rejection as r on r.submission_id = a.submission_id and r.request_key = a.request_key
left join core.current_redaction as d on d.submission_id = s.submission_id;
