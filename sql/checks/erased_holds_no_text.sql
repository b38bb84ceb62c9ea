-- Offending: erased submissions whose words are still in the store, messages that quote a summary which went with one, and answers to
-- questions that were erased.
-- An erase step blanks what is named here, whenever the erasure was (tasks/erase.py).
with kept as (
  select distinct e.submission_id, null as message_id
  from ops.erased as e
  left join raw.submission as s using (submission_id)
  left join raw.policy_candidate as p using (submission_id)
  left join core.redaction as d using (submission_id)
  left join core.canonical as c using (submission_id)
  left join ops.quarantine as q using (submission_id)
  left join out.message as m using (submission_id)
  where s.raw_text is not null or coalesce(p.title, p.summary) is not null or d.redacted_text is not null or d.mapping is not null
    or c.quote is not null or c.summary_en <> '' or c.lost_facts <> [] or q.reason <> '' or m.text <> ''
),
quoted as (
  select null, m.message_id
  from out.message as m
  join core.summary as t using (summary_id)
  where list_contains(t.hold_reasons, 'erased') and m.text <> ''
),
answered as (
  select null, null
  from llm.reply as p
  join llm.request as q using (request_key)
  where q.inputs is null and (p.value is not null or p.raw is not null)
)
select * from kept
union all
select * from quoted
union all
select * from answered
