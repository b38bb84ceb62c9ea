-- What was not processed and why: rows and files refused at the door (a file or another whole source has no line_no),
-- submissions rejected or quarantined later. Why somebody wished to be forgotten is theirs: of an erasure no reason is told.
-- Of a dead letter the step and a code: too_long; turned_down, by the checks of what was answered; no_answer. The whole reason may name a
-- place or number of the one message: the operator has it (`cw quarantine list`).
-- Grain: one per refused row, file or submission. Inputs: ops.rejected, core.submission_state, ops.current_quarantine, llm.verdict.
with filed as (
  select
    submission_id,
    step || ': ' || case
      when step = 'redact' then 'too_long'
      when request_key in (select request_key from llm.verdict) then 'turned_down'
      else 'no_answer'
    end as reason
  from ops.current_quarantine
  where event = 'filed'
)
select 'ingest' as step, table_name, name as source_name, line_no, row_id, reason, 'refused' as state
from ops.rejected
union all
select
  'submission', 'submission', null, null, s.submission_id,
  case
    when s.state = 'erased' then 'on request'
    when s.state = 'quarantined' and s.detail <> 'upstream' then f.reason
    else s.detail
  end,
  s.state
from core.submission_state as s
left join filed as f using (submission_id)
where s.state in ('rejected', 'quarantined', 'erased')
order by all
