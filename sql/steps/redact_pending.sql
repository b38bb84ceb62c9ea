-- What: live submissions without a redaction by this version of the rules, oldest first. What is in quarantine, or was dropped
-- from it, waits for an operator (`cw quarantine retry`).
-- Grain: one per submission. Inputs: core.live_submission, core.redaction, ops.current_quarantine. Parameters: $version.
with done as (
  select submission_id from core.redaction where redactor_version = $version
),
set_aside as (
  select submission_id from ops.current_quarantine where event in ('filed', 'drop')
)
select s.submission_id, s.raw_text
from core.live_submission as s
anti join done using (submission_id)
anti join set_aside using (submission_id)
order by s.created_at, s.submission_id
