-- What was not processed and why: rows and files refused at the door (a file or another whole source has no line_no),
-- submissions rejected or quarantined later. Why somebody wished to be forgotten is theirs: of an erasure no reason is told.
-- Grain: one per refused row, file or submission. Inputs: ops.rejected, core.submission_state.
select 'ingest' as step, table_name, name as source_name, line_no, row_id, reason, 'refused' as state
from ops.rejected
union all
select 'submission', 'submission', null, null, submission_id, if(state = 'erased', 'on request', detail), state
from core.submission_state
where state in ('rejected', 'quarantined', 'erased')
order by all
