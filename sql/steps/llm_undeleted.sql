-- Batches whose answers are filed and that may still lie at the provider (29 days at most).
-- Grain: one per batch. Inputs: llm.settlement. No parameters.
with filed as (
  select intent_id, batch_id
  from llm.settlement
  where event in ('filed', 'twin_filed') and batch_id is not null
),
final as (
  select f.intent_id, f.batch_id
  from filed as f
  where not exists (select 1 from llm.settlement as s where s.event = 'deleted' and s.batch_id = f.batch_id)
)
select * from final order by batch_id
