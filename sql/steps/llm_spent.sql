-- What counts against the caps. What is under way since last month may yet be charged in this one.
-- Grain: one row. Inputs: llm.spend. Parameters: $run_id, $month (the first instant of this one).
with final as (
  select
    coalesce(sum(cost_usd) filter (where run_id = $run_id), 0) as run_usd,
    coalesce(sum(cost_usd) filter (where created_at >= $month or not is_actual), 0) as month_usd
  from llm.spend
)
select * from final
