-- The audit of every call, without prompts or answers. Grain: one per call. Inputs: llm.call.
select * from llm.call order by request_key, route_position
