-- What counts against the caps. What is under way since last month may yet be charged in this one.
-- Grain: one row. Inputs: llm.reply, llm.intent, llm.reserved_member, llm.request. Parameters: $run_id, $month
-- (the first instant of this one). The sums of `llm.spend`, without what it tells beside them: this is asked before each submission.
with actual as (
  select p.created_at, coalesce(i.run_id, p.run_id) as run_id, p.cost_usd, true as is_actual
  from llm.reply as p
  left join llm.intent as i using (intent_id)
  where p.provider <> 'offline'
),
reserved as (
  select i.created_at, i.run_id, q.worst_usd as cost_usd, false as is_actual
  from llm.reserved_member as m
  join llm.intent as i using (intent_id)
  join llm.request as q using (request_key)
),
final as (
  select
    coalesce(sum(cost_usd) filter (where run_id = $run_id), 0) as run_usd,
    coalesce(sum(cost_usd) filter (where created_at >= $month or not is_actual), 0) as month_usd
  from (from actual union all from reserved)
)
select * from final
