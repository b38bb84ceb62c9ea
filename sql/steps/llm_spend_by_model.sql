-- What was spent, by model, and how far the estimates were off.
-- Grain: one per model. Inputs: llm.spend. No parameters. reserved_usd = under way, at the worst case.
with final as (
  select
    model,
    count(*) filter (where is_actual) as call_count,
    coalesce(sum(input_tokens + cached_tokens + cache_write_tokens), 0)::bigint as input_tokens,
    coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
    coalesce(sum(output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(cost_usd) filter (where is_actual), 0) as cost_usd,
    coalesce(sum(estimated_usd) filter (where is_actual), 0) as estimated_usd,
    coalesce(sum(cost_usd) filter (where not is_actual), 0) as reserved_usd
  from llm.spend
  group by all
)
select * from final order by model
