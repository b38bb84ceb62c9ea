-- The audit of every call, without prompts, answers or the key of what was asked about (a hash of a short text can be guessed).
-- Grain: one per request and attempt. Inputs: llm.call. Time and latency are of the call, so they differ between runs.
select * exclude (subject_id)
from llm.call
order by request_key, attempt
