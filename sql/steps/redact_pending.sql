-- What: live submissions without a redaction by this version of the rules, oldest first.
-- Grain: one per submission. Inputs: core.live_submission, core.redaction. Parameters: $version.
with done as (
  select submission_id from core.redaction where redactor_version = $version
)
select s.submission_id, s.raw_text
from core.live_submission as s
anti join done using (submission_id)
order by s.created_at, s.submission_id
