-- What: records whose position on their cluster's current proposition is not known.
-- Grain: one per record. Inputs: core.current_membership, core.record, core.current_cluster, core.current_summary, core.position.
-- Parameters: none.
select
  r.record_id,
  m.cluster_id,
  t.proposition_en,
  sha256(t.proposition_en) as proposition_hash,
  r.title_en,
  r.summary_en,
  r.proposition_en as record_proposition_en,
  r.position as record_position
from core.current_membership as m
join core.record as r using (record_id)
join core.current_cluster as c using (cluster_id)
join core.current_summary as t on t.cluster_id = m.cluster_id and t.status = 'ok'
left join core.position as p
  on p.record_id = r.record_id and p.cluster_id = m.cluster_id and p.proposition_hash = sha256(t.proposition_en)
where p.record_id is null
order by m.cluster_id, r.record_id
