-- What: first answers to messages, not told yet: noted (with what was understood, or, where fewer than $min_people people
-- say the same, with its topics only: the outbox is published too) or not (with the reason).
-- Grain: one per submission. Inputs: core.submission_state, core.record, core.rejection, core.latest_answer,
-- core.current_membership, core.current_cluster, raw.submission, out.message. Parameters: $min_people.
with untold as (
  select submission_id, person_key, case when lower(locale) like 'en%' then 'en' else 'fa' end as locale
  from raw.submission
  anti join (select submission_id from out.message where kind in ('confirmation', 'rejection')) as told using (submission_id)
),
shown as (
  select m.record_id
  from core.current_membership as m
  join core.current_cluster as c using (cluster_id)
  where c.people_count >= $min_people
),
noted as (
  select
    submission_id,
    'confirmation' as kind,
    list(struct_pack(title_en, title_fa, proposition_en, proposition_fa, position) order by part) as records,
    list_sort(list(distinct topic)) as topics,
    bool_and(s.record_id is not null) as is_shown,
    null as reason
  from core.record
  semi join untold using (submission_id)
  left join shown as s using (record_id)
  group by submission_id
),
refused as (
  select r.submission_id, 'rejection', null, null, null, r.reason
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
    u.person_key,
    u.locale
  from answer as a
  join untold as u using (submission_id)
)
select * from final
order by message_id
