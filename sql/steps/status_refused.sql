-- What: what the last run that reads the inbox has refused. Grain: one per line, or whole source (no line_no).
-- Inputs: ops.run, ops.rejected. Reasons and advice only: no text of a citizen is in that table.
with last_run as (
  select max(run_id) as run_id from ops.run where kind in ('nightly', 'backfill')
)
select run_id, table_name, name, line_no, row_id, reason, detail
from ops.rejected
semi join last_run using (run_id)
order by name, table_name, line_no nulls first, reason
