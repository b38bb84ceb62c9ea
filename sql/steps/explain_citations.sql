-- What: the summary sentences that cite a message's records. Grain: one per sentence and record.
-- Inputs: core.canonical, core.claim, core.summary. Parameters: $id.
with cited as (
  select summary_id, ordinal, text_en, is_ok, unnest(record_ids) as record_id from core.claim
)
select c.record_id, s.cluster_id, c.summary_id, c.ordinal, c.text_en, c.is_ok
from cited as c
join core.summary as s using (summary_id)
semi join (select record_id from core.canonical where submission_id = $id) as r on r.record_id = c.record_id
order by s.created_at, c.summary_id, c.ordinal, c.record_id
