-- Published records. Words are shown only where at least $min_people people say the same; the rest are counted.
-- Grain: one per live record. Inputs: core.record, core.current_membership, core.current_cluster. Parameters: $min_people.
with shown as (
  select m.record_id
  from core.current_membership as m
  join core.current_cluster as c using (cluster_id)
  where c.people_count >= $min_people
)
select
  r.record_id,
  r.submission_id,
  r.part,
  (r.said_at at time zone 'Asia/Tehran')::date as said_on,
  r.language,
  if(s.record_id is null, null, r.title_en) as title_en,
  if(s.record_id is null, null, r.title_fa) as title_fa,
  if(s.record_id is null, null, r.summary_en) as summary_en,
  if(s.record_id is null, null, r.proposition_en) as proposition_en,
  if(s.record_id is null, null, r.proposition_fa) as proposition_fa,
  r.position,
  r.topic,
  if(s.record_id is null, [], r.places) as places,
  if(s.record_id is null, [], r.entities) as entities,
  if(s.record_id is null, [], r.quantities) as quantities,
  r.flags,
  len(r.lost_facts) as lost_facts_count,
  s.record_id is null as is_suppressed,
  r.engine,
  r.model,
  r.request_key
from core.record as r
left join shown as s using (record_id)
order by r.record_id
