-- Sentences of published summaries with the records they rest on. Grain: one per sentence.
-- Inputs: core.claim, core.summary, core.current_cluster, core.erased_ids. Parameters: $min_people.
select m.summary_id, t.cluster_id, m.ordinal, m.text_en, m.text_fa, list_filter(m.record_ids, lambda x: not list_contains(e.record_ids, x)) as record_ids, m.is_ok, m.score, m.reasons
from core.claim as m
cross join core.erased_ids as e
join core.summary as t on t.summary_id = m.summary_id and t.status = 'ok'
join core.current_cluster as c on c.cluster_id = t.cluster_id and c.people_count >= $min_people
where m.is_ok and not list_has_all(e.record_ids, m.record_ids)
order by m.summary_id, m.ordinal
