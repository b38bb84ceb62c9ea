-- What: vote prompts, reminders and results, not told yet. Told are people who wrote in the cluster or endorsed it,
-- and, for results, those who voted. A prompt or reminder goes to nobody who has voted, a
-- reminder only to those who were asked about that target at least twelve hours before, so never by a second run of the same night.
-- Grain: one per kind, cycle, target and person. Inputs: core.cycle, core.target_cluster, core.current_summary,
-- core.current_cluster, core.current_question, core.current_outcome, core.current_tally, core.record, core.current_membership,
-- raw.endorsement, core.vote_event, raw.option, raw.submission, out.message. Parameters: $now, $reminder_hours, $min_people.
with listed as (
  select cycle_id, started_at, ends_at, unnest(target_ids) as target_id from core.cycle where started_at <= $now
),
ballot as (
  select distinct y.cycle_id, y.started_at, y.ends_at, y.target_id, t.cluster_id
  from listed as y
  join core.target_cluster as t using (target_id)
),
told as (
  select
    b.*,
    coalesce(q.question_en, q.question_fa) is not null as has_question,
    if(has_question, q.question_en, s.title_en) as title_en,
    if(has_question, q.question_fa, s.title_fa) as title_fa,
    if(has_question, q.question_en, s.proposition_en) as proposition_en,
    if(has_question, q.question_fa, s.proposition_fa) as proposition_fa,
    if(has_question, null, s.summary_id) as summary_id
  from ballot as b
  left join core.current_question as q using (target_id)
  join core.current_summary as s on s.cluster_id = b.cluster_id and s.status = 'ok'
  join core.current_cluster as c on c.cluster_id = b.cluster_id and c.people_count >= $min_people
),
wrote as (
  select distinct m.cluster_id, r.person_key
  from core.current_membership as m
  join core.record as r using (record_id)
  where r.person_key is not null and m.cluster_id is not null
),
endorsed as (
  select distinct t.cluster_id, e.person_key
  from raw.endorsement as e
  join core.target_cluster as t using (target_id)
  where t.cluster_id is not null
),
concerned as (
  select * from wrote
  union
  select * from endorsed
),
voted as (
  select distinct cycle_id, target_id, person_key from core.vote_event where not is_withdrawal and not is_replaced
),
asked as (
  select 'vote_prompt' as kind, t.cycle_id, t.target_id, c.person_key
  from told as t
  join concerned as c using (cluster_id)
  where t.ends_at > $now
  union all
  select 'reminder', t.cycle_id, t.target_id, c.person_key
  from told as t
  join concerned as c using (cluster_id)
  semi join out.message as p
    on p.message_id = left(sha256('vote_prompt|' || t.cycle_id || '|' || t.target_id || '|' || c.person_key), 24)
    and p.created_at <= $now - interval 12 hours
  where t.ends_at > $now and t.ends_at <= $now + to_hours($reminder_hours)
),
open_to as (
  select * from asked
  anti join voted using (cycle_id, target_id, person_key)
),
over as (
  select 'result' as kind, t.cycle_id, t.target_id, c.person_key
  from told as t
  join concerned as c using (cluster_id)
  where t.ends_at <= $now
  union
  select 'result', t.cycle_id, t.target_id, v.person_key
  from told as t
  join voted as v using (cycle_id, target_id)
  where t.ends_at <= $now
),
addressed as (
  select * from open_to
  union all
  select o.* from over as o
  semi join core.current_outcome as d using (cycle_id, target_id)
),
speaks as (
  select person_key, case when lower(arg_max(locale, struct_pack(at := created_at, id := submission_id))) like 'en%' then 'en' else 'fa' end as locale
  from raw.submission
  where person_key is not null
  group by person_key
),
final as (
  select
    left(sha256(a.kind || '|' || a.cycle_id || '|' || a.target_id || '|' || a.person_key), 24) as message_id,
    a.kind, a.cycle_id, a.person_key, t.cluster_id, t.ends_at,
    t.title_en, t.title_fa, t.proposition_en, t.proposition_fa,  -- of the ballot's own question, where it has one
    t.summary_id,  -- whose words these are; null = the question's
    d.winner, d.has_quorum, d.turnout_count, w.people_count as winner_count,
    l.label_en as winner_en, l.label_fa as winner_fa,
    coalesce(s.locale, 'fa') as locale
  from addressed as a
  join told as t using (cycle_id, target_id)
  left join core.current_outcome as d using (cycle_id, target_id)
  left join core.current_tally as w
    on w.cycle_id = a.cycle_id and w.target_id = a.target_id and w.choice = d.winner
  left join raw.option as l on l.target_id = a.target_id and l.option_id = d.winner
  left join speaks as s on s.person_key = a.person_key
)
select * from final
anti join out.message using (message_id)
order by message_id
