-- All that is known about some asks: their requests, each with its latest answer, and whether one is under way.
-- Grain: one per request. Inputs: temp.wanted(ask_key), llm.*. No parameters.
-- Rows are sought by key alone first and then read by their row ids: else every answer ever stored is unpacked to find a few.
with mine as materialized (
  select ask_key, request_key, route_position
  from llm.request
  where rowid in (select q.rowid from llm.request as q semi join temp.wanted using (ask_key))
),
answered as materialized (
  select request_key, attempt, outcome, value, raw, reasons, detail, provider, model, cost_usd, rowid as place
  from llm.reply
  where rowid in (select p.rowid from llm.reply as p semi join mine using (request_key))
),
reply as (
  select *
  from answered
  where outcome <> 'twin'
  qualify row_number() over (partition by request_key order by attempt desc, outcome = 'lost', place desc) = 1
),
cost as (  -- all its tries, the lost ones too; and how many attempts ended in a way that may pass
  select
    request_key,
    sum(cost_usd) as cost_usd,
    count(distinct attempt) filter (where outcome in ('errored', 'expired', 'canceled', 'lost')) as transient_count
  from answered
  group by request_key
),
sent as (
  select request_key, max(attempt) as attempt
  from llm.intent_member
  semi join mine using (request_key)
  group by request_key
),
waiting as (
  select request_key, max(attempt) as attempt
  from llm.open_member
  semi join mine using (request_key)
  group by request_key
),
verdict as (
  select request_key, attempt, max(reasons) as reasons  -- of several an empty one counts least
  from llm.verdict
  semi join mine using (request_key)
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
    -- an earlier attempt's batch that was found again is not waited for where a later attempt has an answer
    coalesce(w.attempt >= coalesce(r.attempt, 0), false) as is_open,
    v.reasons as verdict
  from mine as m
  left join reply as r using (request_key)
  left join cost as c using (request_key)
  left join sent as s using (request_key)
  left join waiting as w using (request_key)
  left join verdict as v on v.request_key = r.request_key and v.attempt = r.attempt
)
select * from final
