-- Where every submission stands, which of its requests have no answer, and which of these are waited for.
-- Grain: one per intent; one per request in an intent.

create or replace view llm.intent_state as
with latest as (
  select *
  from llm.settlement
  where event not in ('twin_canceled', 'twin_filed', 'twin_released', 'deleted')
  qualify row_number() over (partition by intent_id order by created_at desc, rowid desc) = 1
),
handle as (
  select *
  from llm.handle as h
  where how <> 'twin'
    and not exists (
      select 1 from llm.settlement as r
      where r.event = 'released' and r.intent_id = h.intent_id and r.batch_id = h.batch_id
    )
  qualify row_number() over (partition by intent_id order by created_at desc, rowid desc) = 1
),
final as (
  select
    i.*,
    h.batch_id,
    h.how,
    case
      when l.event in ('refused', 'void', 'filed', 'given_up') then l.event
      when h.batch_id is not null then 'handed'
      when l.event in ('doubtful', 'released') then 'doubtful'
      else 'submitting'               -- no word since the intent: a crash between intent and handle
    end as state,
    l.detail,
    l.created_at as state_at
  from llm.intent as i
  left join handle as h using (intent_id)
  left join latest as l using (intent_id)
)
select * from final;

-- may yet be charged: the budget reserves their worst case
create or replace view llm.reserved_member as
with under_way as (
  select intent_id, state from llm.intent_state where state in ('submitting', 'doubtful', 'handed', 'given_up')
)
select m.*, u.state
from llm.intent_member as m
join under_way as u using (intent_id)
anti join (select intent_id, request_key from llm.reply semi join under_way using (intent_id) where outcome <> 'twin')
  using (intent_id, request_key);

-- and waited for: what was given up may be sent again meanwhile
create or replace view llm.open_member as
select * exclude (state) from llm.reserved_member where state <> 'given_up';
