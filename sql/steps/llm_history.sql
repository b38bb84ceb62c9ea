-- All that is known about some asks: their requests, each with its latest answer, and whether one is under way.
-- Grain: one per request. Inputs: temp.wanted(ask_key), llm.*. No parameters.
with mine as (
  select q.*
  from llm.request as q
  semi join temp.wanted as w on w.ask_key = q.ask_key
),
reply as (
  select p.*
  from llm.reply as p
  semi join mine as m using (request_key)
  where p.outcome <> 'twin'
  qualify row_number() over (partition by p.request_key order by p.attempt desc, p.outcome = 'lost') = 1
),
cost as (  -- all its tries, the lost ones too; and how many attempts ended in a way that may pass
  select
    p.request_key,
    sum(p.cost_usd) as cost_usd,
    count(distinct p.attempt) filter (where p.outcome in ('errored', 'expired', 'canceled', 'lost')) as transient_count
  from llm.reply as p
  semi join mine as m using (request_key)
  group by p.request_key
),
sent as (
  select t.request_key, max(t.attempt) as attempt
  from llm.intent_member as t
  semi join mine as m using (request_key)
  group by t.request_key
),
waiting as (
  select distinct o.request_key
  from llm.open_member as o
  semi join mine as m using (request_key)
),
verdict as (
  select v.request_key, v.attempt, any_value(v.reasons) as reasons
  from llm.verdict as v
  semi join mine as m using (request_key)
  group by all
),
final as (
  select
    m.ask_key,
    m.request_key,
    m.route_position,
    r.outcome,
    coalesce(s.attempt, r.attempt, 0) as attempt,
    r.value::varchar as value,
    r.raw,
    r.reasons,
    r.detail,
    r.provider,
    r.model,
    c.cost_usd,
    c.transient_count,
    w.request_key is not null as is_open,
    v.reasons as verdict
  from mine as m
  left join reply as r using (request_key)
  left join cost as c using (request_key)
  left join sent as s using (request_key)
  left join waiting as w using (request_key)
  left join verdict as v on v.request_key = r.request_key and v.attempt = r.attempt
)
select * from final
