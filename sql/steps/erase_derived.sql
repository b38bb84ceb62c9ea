-- What: requests for summaries, positions and plans that told what only the given submissions say, or whose answer rests on
-- them: their words are those of the erased. So are those about a title or a proposition that only such an answer gave: other
-- people's position towards it, and plans for it. What others say in the same words stays.
-- Grain: one per request. Inputs: core.canonical, core.record, core.summary, core.claim, out.action_plan, llm.request.
-- Parameters: $ids (submission ids).
with gone as (
  select record_id, summary_en
  from core.canonical
  where list_contains($ids, submission_id)
    and summary_en <> ''  -- of what was erased before nothing is known any more
    and summary_en not in (select summary_en from core.record where not list_contains($ids, submission_id))
),
told as (
  select
    request_key,
    unnest(list_append(json_extract_string(inputs, '$.records[*].summary_en'), inputs ->> 'summary_en')) as summary_en
  from llm.request
  where task in ('summarise', 'position', 'plan') and inputs is not null
),
cited as (
  select t.request_key, unnest(c.record_ids) as record_id
  from core.claim as c
  join core.summary as t using (summary_id)
  union all
  select p.request_key, unnest(c.claim.record_ids)
  from out.action_plan as p, unnest(p.claims) as c(claim)
),
resting as (
  select request_key from told semi join gone using (summary_en)
  union
  select request_key from cited semi join gone using (record_id)
),
phrased as (
  select unnest([title_en, proposition_en]) as phrase from core.summary semi join resting using (request_key)
  except
  select unnest([title_en, proposition_en]) from core.summary anti join resting using (request_key)
  except
  select unnest([title_en, proposition_en]) from core.record where not list_contains($ids, submission_id)
),
about as (
  select request_key, unnest([inputs ->> 'proposition_en', inputs ->> '$.wish.title_en', inputs ->> '$.wish.demand_en']) as phrase
  from llm.request
  where task in ('position', 'plan')
),
final as (
  select * from resting
  union
  select request_key from about semi join phrased using (phrase)
)
select * from final
order by request_key
