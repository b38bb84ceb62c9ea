-- What: texts of live records without a vector by this model.
-- Grain: one per text. Inputs: core.record, core.embedding. Parameters: $model, $revision.
with done as (
  select text_hash from core.embedding where model = $model and revision = $revision
)
select r.text_hash, any_value(r.embed_text) as embed_text
from core.record as r
anti join done using (text_hash)
group by r.text_hash
order by r.text_hash
