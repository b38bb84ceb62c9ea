-- Published summaries with their history; held-back ones are listed without their words. An option cites no erased record, and one
-- that cited no other is left out.
-- Grain: one per writing. Inputs: core.summary, core.current_summary, core.current_cluster, core.erased_ids. Parameters: $min_people.
with offered as (
  select
    t.summary_id,
    list_transform(
      from_json(t.options, '[{"position": "VARCHAR", "label_en": "VARCHAR", "label_fa": "VARCHAR", "record_ids": ["VARCHAR"]}]'),
      lambda o: {
        'position': o.position,
        'label_en': o.label_en,
        'label_fa': o.label_fa,
        'record_ids': list_filter(o.record_ids, lambda x: not list_contains(e.record_ids, x))
      }
    ) as options
  from core.summary as t
  cross join core.erased_ids as e
  where t.status = 'ok'
)
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
  coalesce(to_json(list_filter(o.options, lambda o: len(o.record_ids) > 0)), '[]') as options,
  t.engine,
  t.model,
  t.request_key,
  t.created_at
from core.summary as t
join core.current_cluster as c on c.cluster_id = t.cluster_id and c.people_count >= $min_people
left join core.current_summary as u using (summary_id)
left join offered as o using (summary_id)
order by t.cluster_id, t.created_at, t.summary_id
