-- What: size of each cluster in records, messages, wordings and people, its topic and the title of its medoid.
-- Grain: one per cluster. Inputs: core.membership, core.record.
-- Parameters: $cluster_run_id.
with member as (
  select m.cluster_id, r.*
  from core.membership as m
  join core.record as r using (record_id)
  where m.cluster_run_id = $cluster_run_id and m.cluster_id is not null
)
select
  cluster_id,
  count(*) as record_count,
  count(distinct submission_id) as message_count,
  count(distinct representative_key) as wording_count,
  count(distinct person) as people_count,
  mode(topic order by topic) as topic
from member
group by cluster_id
order by cluster_id
