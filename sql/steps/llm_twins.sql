-- Batches that double an intent and whose charges are not in the ledger yet.
-- Grain: one per twin. Inputs: llm.handle, llm.intent_state, llm.settlement. No parameters.
with twin as (
  select h.intent_id, h.batch_id as twin_batch_id
  from llm.handle as h
  where h.how = 'twin'
    and not exists (select 1 from llm.settlement as s
      where s.event in ('twin_filed', 'twin_released') and s.intent_id = h.intent_id and s.batch_id = h.batch_id
    )
),
final as (
  select
    i.intent_id, i.nonce, i.task, i.provider, i.model, i.mode, i.request_count, i.worst_usd, i.run_id, i.created_at,
    i.state, i.batch_id, t.twin_batch_id
  from twin as t
  join llm.intent_state as i using (intent_id)
)
select * from final order by created_at, twin_batch_id
