-- What: first answers to messages, not told yet: noted (with its titles) or not (with the reason).
-- Grain: one per submission. Inputs: core.submission_state, core.record, core.rejection, core.latest_answer,
-- raw.submission, out.message. Parameters: none.
with noted as (
  select
    submission_id,
    'confirmation' as kind,
    list(title_en order by part) as titles_en,
    list(title_fa order by part) as titles_fa,
    null as reason
  from core.record
  group by submission_id
),
refused as (
  select r.submission_id, 'rejection', null::varchar[], null::varchar[], r.reason
  from core.rejection as r
  semi join core.latest_answer as a
    on a.submission_id = r.submission_id and a.request_key = r.request_key and a.kind = 'rejection'
  semi join core.submission_state as t on t.submission_id = r.submission_id and t.state = 'rejected'
),
answer as (
  select * from noted
  union all
  select * from refused
),
final as (
  select
    left(sha256('answer|' || a.submission_id), 24) as message_id,
    a.*,
    s.person_key,
    case when lower(s.locale) like 'en%' then 'en' else 'fa' end as locale
  from answer as a
  join raw.submission as s using (submission_id)
)
select * from final
anti join out.message using (message_id)
order by message_id
