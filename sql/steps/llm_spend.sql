-- What was spent, and how far the estimates were off.
-- Grain: one per task, model or day, as $by says. Inputs: llm.spend. Parameters: $by (task | model | day).
-- reserved_usd = under way, at the worst case.
with grouped as (
  select
    case $by when 'task' then task when 'model' then model else strftime(created_at, '%Y-%m-%d') end as name,
    *
  from llm.spend
),
final as (
  select
    name,
    count(*) filter (where is_actual) as call_count,
    coalesce(sum(input_tokens + cached_tokens + cache_write_tokens), 0)::bigint as input_tokens,
    coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
    coalesce(sum(output_tokens), 0)::bigint as output_tokens,
    coalesce(sum(cost_usd) filter (where is_actual), 0) as cost_usd,
    coalesce(sum(estimated_usd) filter (where is_actual), 0) as estimated_usd,
    coalesce(sum(cost_usd) filter (where not is_actual), 0) as reserved_usd
  from grouped
  group by name
)
select * from final order by name
