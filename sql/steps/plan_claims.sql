-- What: the sentences that may be published of the current summaries, and the topics of the records they cite.
-- Grain: one per sentence. Inputs: core.claim, core.current_summary, core.record. Parameters: none.
with cited as (
  select claim_id, unnest(record_ids) as record_id from (
    select summary_id || ':' || ordinal as claim_id, record_ids from core.claim where is_ok
  )
),
topic_of as (
  select c.claim_id, list(distinct r.topic order by r.topic) as topics
  from cited as c
  join core.record as r using (record_id)
  group by c.claim_id
),
final as (
  select t.cluster_id, c.ordinal, c.text_en, c.text_fa, c.record_ids, coalesce(o.topics, []) as topics
  from core.claim as c
  join core.current_summary as t on t.summary_id = c.summary_id and t.status = 'ok'
  left join topic_of as o on o.claim_id = c.summary_id || ':' || c.ordinal
  where c.is_ok
)
select * from final order by cluster_id, ordinal
