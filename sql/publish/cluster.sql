-- Published clusters; those with fewer than $min_people people as counts only.
-- Grain: one per living cluster. Inputs: core.current_cluster, core.current_summary, core.cluster_support, core.erased_ids.
-- Parameters: $min_people.
with shown as (
  select cluster_id from core.current_cluster where people_count >= $min_people
),
told as (
  select t.* from core.current_summary as t semi join shown using (cluster_id) where t.status = 'ok'
)
select
  c.cluster_id,
  if(s.cluster_id is null, null, c.policy_key) as policy_key,
  c.theme_id,
  c.topic,
  c.born_on,
  c.stability,
  c.is_provisional,
  c.record_count,
  c.message_count,
  c.wording_count,
  c.people_count,
  if(t.cluster_id is null, null, g.by_message_count) as writers_for_count,  -- people whose messages are for the proposition
  s.cluster_id is null as is_suppressed,
  t.summary_id,
  t.title_en,
  t.title_fa,
  t.proposition_en,
  t.proposition_fa,
  if(s.cluster_id is null, [], list_filter(c.medoid_record_ids, lambda x: not list_contains(e.record_ids, x))) as medoid_record_ids
from core.current_cluster as c
cross join core.erased_ids as e
left join shown as s using (cluster_id)
left join told as t using (cluster_id)
left join core.cluster_support as g using (cluster_id)
order by c.cluster_id
