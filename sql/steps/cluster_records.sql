-- What: the records of some clusters, as a writer of summaries or plans sees them: no words of the source.
-- Grain: one per record. Inputs: core.current_membership, core.record. Parameters: $cluster_ids (a JSON list).
select
  m.cluster_id,
  r.record_id,
  r.submission_id,
  r.person,
  r.title_en,
  r.title_fa,
  r.summary_en,
  r.proposition_en,
  r.proposition_fa,
  r.position,
  r.topic,
  r.places,
  r.quantities,
  r.text_hash,
  m.probability
from core.current_membership as m
join core.record as r using (record_id)
where m.cluster_id in (select unnest(from_json($cluster_ids, '["VARCHAR"]')))
order by m.cluster_id, m.probability desc, r.record_id
