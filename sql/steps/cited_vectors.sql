-- What: the stored vectors of some records.
-- Grain: one per record that has one. Inputs: core.record, core.embedding. Parameters: $record_ids (a JSON list), $model, $revision.
select r.record_id, any_value(e.vector) as vector
from core.record as r
join core.embedding as e using (text_hash)
where e.model = $model
  and e.revision = $revision
  and r.record_id in (select unnest(from_json($record_ids, '["VARCHAR"]')))
group by r.record_id
order by r.record_id
