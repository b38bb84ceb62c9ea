-- What: the sentences that may be published of the current summaries. Grain: one per sentence.
-- Inputs: core.claim, core.current_summary. Parameters: none.
select t.cluster_id, c.ordinal, c.text_en, c.text_fa, c.record_ids
from core.claim as c
join core.current_summary as t on t.summary_id = c.summary_id and t.status = 'ok'
where c.is_ok
order by t.cluster_id, c.ordinal
