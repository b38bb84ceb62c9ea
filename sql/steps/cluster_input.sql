-- What: live records with their vector and weight. A person who says one thing many times weighs once.
-- Grain: one per record, in id order. Inputs: core.record, core.embedding. Parameters: $model, $revision.
select
  r.record_id,
  r.text_hash,
  e.vector,
  1.0 / count(*) over (partition by r.person, r.text_hash) as weight
from core.record as r
join core.embedding as e on e.text_hash = r.text_hash and e.model = $model and e.revision = $revision
order by r.record_id
