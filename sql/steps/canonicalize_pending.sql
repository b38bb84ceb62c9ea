-- What: submissions that wait for an answer, with the text that is asked about.
-- Texts that are equal, or differ in nothing that matters, share one request: `ask_text` is the text of the oldest
-- live submission of the group. With $redo, answered submissions of the window are asked again, beside the old answers.
-- Grain: one per submission. Inputs: core.submission_state, core.current_redaction.
-- Parameters: $since, $until (UTC, until exclusive), $redo.
with waiting as (
  select t.submission_id, d.representative_key
  from core.submission_state as t
  join core.current_redaction as d using (submission_id)
  where t.created_at >= $since and t.created_at < $until
    and d.redacted_text is not null
    and (t.state = 'pending' or ($redo and t.state in ('processed', 'rejected') and t.detail is distinct from 'upstream'))
),
spoken as (
  select d.representative_key, d.redacted_text as ask_text, d.language
  from core.current_redaction as d
  join core.live_submission as s using (submission_id)
  where d.redacted_text is not null
  qualify row_number() over (
    partition by d.representative_key
    order by (d.text_key = d.representative_key) desc, s.created_at, s.submission_id
  ) = 1
)
select w.submission_id, w.representative_key, s.ask_text, s.language, d.redacted_text
from waiting as w
join spoken as s using (representative_key)
join core.current_redaction as d using (submission_id)
order by w.representative_key, w.submission_id
