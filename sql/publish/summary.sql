-- Published summaries with their history; held-back ones are listed without their words.
-- Grain: one per writing. Inputs: core.summary, core.current_summary, core.current_cluster. Parameters: $min_people.
select
  t.summary_id,
  t.cluster_id,
  t.cluster_run_id,
  t.member_count,
  u.summary_id is not null as is_current,
  t.status,
  t.hold_reasons,
  if(t.status = 'ok', t.title_en, null) as title_en,
  if(t.status = 'ok', t.title_fa, null) as title_fa,
  if(t.status = 'ok', t.summary_en, null) as summary_en,
  if(t.status = 'ok', t.summary_fa, null) as summary_fa,
  if(t.status = 'ok', t.proposition_en, null) as proposition_en,
  if(t.status = 'ok', t.proposition_fa, null) as proposition_fa,
  if(t.status = 'ok', t.options, '[]') as options,
  t.engine,
  t.model,
  t.request_key,
  t.created_at
from core.summary as t
join core.current_cluster as c on c.cluster_id = t.cluster_id and c.people_count >= $min_people
left join core.current_summary as u using (summary_id)
order by t.cluster_id, t.created_at, t.summary_id
