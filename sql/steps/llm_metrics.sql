-- The router metrics of one run: share per tier, fallbacks, repairs, refusals, latency, money.
-- Grain: one per task, provider and model. Inputs: llm.call. Parameters: $run_id.
with mine as (
  select * from llm.call where run_id = $run_id
),
tier as (
  select
    task,
    provider,
    asked_model as model,
    mode,
    count(distinct request_key) as request_count,
    count(outcome) as call_count,
    count(distinct request_key) filter (where route_position > 0) as fallback_count,
    count(distinct request_key) filter (where turn = 'repair') as repair_count,
    count(*) filter (where outcome = 'refused') as refusal_count,
    count(*) filter (where outcome in ('invalid', 'empty', 'truncated')) as unusable_count,
    count(*) filter (where outcome in ('errored', 'expired', 'canceled', 'lost')) as transient_count,
    count(*) filter (where is_turned_down) as turned_down_count,
    count(*) filter (where is_json_repaired) as json_repair_count,
    quantile_cont(latency_ms, 0.5) as latency_p50_ms,
    quantile_cont(latency_ms, 0.95) as latency_p95_ms,
    coalesce(sum(input_tokens), 0)::bigint as input_tokens,
    coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
    coalesce(sum(output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(cost_usd), 0) as cost_usd
  from mine
  group by task, provider, asked_model, mode
),
final as (
  select *, request_count / sum(request_count) over (partition by task) as share
  from tier
)
select * from final order by task, request_count desc, provider, model
