-- The audit of every call, without prompts, answers or the key of what was asked about (a hash of a short text can be guessed).
-- Grain: one per request and answer, and one `lost` for each try that may have been charged without one. Inputs: llm.call.
-- Time and latency are of the call, so they differ between runs.
select * exclude (subject_id)
from llm.call
order by all  -- by request and attempt; what is lost has the attempt of the answer
