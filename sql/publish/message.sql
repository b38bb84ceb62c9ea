-- The outbox for the bot: addressed by a submission of the person, never by a user id. What quoted words that are erased is left out.
-- Grain: one per message. Inputs: out.message, raw.submission, ops.erased.
with handle as (
  select person_key, arg_max(submission_id, struct_pack(at := created_at, id := submission_id)) as submission_id
  from core.live_submission
  where person_key is not null
  group by person_key
)
select
  m.message_id,
  m.kind,
  coalesce(m.submission_id, h.submission_id) as submission_id,
  m.cluster_id,
  m.cycle_id,
  m.locale,
  m.text,
  m.template_id,
  m.template_version,
  m.engine,
  m.is_fallback,
  m.run_id,
  m.created_at
from out.message as m
left join handle as h using (person_key)
where m.text <> ''
  and coalesce(m.submission_id, h.submission_id) is not null
  and not exists (from ops.erased as e where e.submission_id = m.submission_id)
order by m.message_id
