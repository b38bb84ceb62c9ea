-- What was spent, and what may yet be: the budget and `cw costs` read this.
-- Grain: one per reply that cost or may have cost something, and one per request that waits in an intent.
-- `is_actual` false = reserved at the worst case until its reply is filed.

create or replace view llm.spend as
with actual as (
  select p.created_at, coalesce(i.run_id, p.run_id) as run_id, q.task, p.provider, p.model, p.is_batch, p.request_key,
    p.input_tokens, p.cached_tokens, p.cache_write_tokens, p.output_tokens, p.cost_usd, q.estimated_usd, true as is_actual
  from llm.reply as p
  join llm.request as q using (request_key)
  left join llm.intent as i using (intent_id)
  where p.provider <> 'offline'
),
reserved as (
  select i.created_at, i.run_id, q.task, q.provider, q.model, q.mode = 'batch' as is_batch, m.request_key,
    0, 0, 0, 0, q.worst_usd as cost_usd, q.estimated_usd, false as is_actual
  from llm.reserved_member as m
  join llm.intent as i using (intent_id)
  join llm.request as q using (request_key)
),
final as (
  select * from actual
  union all
  select * from reserved
)
select * from final;

-- every call as published: no prompt, no answer, no text of a citizen
-- Grain: one per request and answer, however often that was judged; attempt 0 = decided on and not yet answered; beside the answer
-- of an attempt there is one row `lost` for each try that may have been charged without an answer.
create or replace view llm.call as
with judged as (
  select distinct request_key, attempt from llm.verdict
)
select
  q.request_key, coalesce(p.attempt, 0) as attempt, q.task, q.subject_id, q.data_class, q.provider, q.model as asked_model,
  p.model, p.backend, q.mode, q.turn, q.route_position, q.route, q.params, q.prompt_version,
  q.schema_version, q.repair_of, p.outcome, p.detail, v.request_key is not null and p.outcome <> 'lost' as is_turned_down, p.stop_reason,
  p.provider_request_id, p.batch_id, coalesce(p.is_batch, false) as is_batch,
  p.input_tokens, p.cached_tokens, p.cache_write_tokens, p.output_tokens, p.price_source,
  q.estimated_usd, q.worst_usd, p.cost_usd, p.latency_ms, coalesce(p.is_json_repaired, false) as is_json_repaired,
  q.run_id, q.created_at as asked_at, p.created_at as answered_at
from llm.request as q
left join llm.reply as p using (request_key)
left join judged as v on v.request_key = p.request_key and v.attempt = p.attempt;
