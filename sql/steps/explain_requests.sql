-- What: the calls made for a message's text. Grain: one per call.
-- Inputs: core.redaction, llm.call. Parameters: $id.
select l.request_key, l.task, l.provider, l.model, l.outcome, l.cost_usd
from llm.call as l
semi join (select representative_key from core.redaction where submission_id = $id) as d on d.representative_key = l.subject_id
order by l.asked_at, l.request_key, l.attempt
