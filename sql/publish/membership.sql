-- Published memberships of the latest cluster run; the map position only where the words are shown.
-- Grain: one per live record. Inputs: core.current_membership, core.record, core.current_cluster, core.current_summary, core.current_position.
-- Parameters: $min_people.
select
  m.record_id,
  m.cluster_id,
  c.theme_id,
  m.probability,
  m.outlier_reason,
  if(c.people_count >= $min_people and t.status = 'ok', p.position, null) as position,  -- towards the cluster's proposition
  if(c.people_count >= $min_people, m.x, null) as x,
  if(c.people_count >= $min_people, m.y, null) as y
from core.current_membership as m
semi join core.record as r using (record_id)
left join core.current_cluster as c using (cluster_id)
left join core.current_summary as t on t.cluster_id = m.cluster_id
left join core.current_position as p on p.record_id = m.record_id and p.cluster_id = m.cluster_id
order by m.record_id
