-- What: clusters that need a summary: new, grown, merged, split, or resting on a record that is gone or erased.
-- Grain: one per cluster. Inputs: core.current_cluster, core.current_summary, core.claim, core.lineage,
-- core.cluster_run, core.record, core.current_membership. Parameters: $min_people, $growth (0.5 = by half).
with told as (
  select t.*, r.created_at as clustered_at
  from core.current_summary as t
  join core.cluster_run as r using (cluster_run_id)
),
happened as (
  select t.cluster_id, min(l.kind) as kind
  from told as t
  join core.lineage as l
    on l.kind in ('merged', 'split') and t.cluster_id in (l.from_cluster_id, l.to_cluster_id)
  join core.cluster_run as r on r.cluster_run_id = l.cluster_run_id and r.created_at > t.clustered_at
  group by t.cluster_id
),
cited as (
  select distinct t.cluster_id, unnest(c.record_ids) as record_id
  from told as t
  join core.claim as c on c.summary_id = t.summary_id and c.is_ok
),
here as (
  select m.cluster_id, m.record_id
  from core.current_membership as m
  semi join core.record as r using (record_id)
),
gone as (
  select distinct cluster_id
  from cited
  anti join here using (cluster_id, record_id)
),
final as (
  select
    c.cluster_id,
    c.cluster_run_id,
    c.topic,
    c.record_count,
    c.people_count,
    case
      when t.cluster_id is null then 'new'
      when g.cluster_id is not null or list_contains(t.hold_reasons, 'erased') then 'source_gone'
      when h.cluster_id is not null then h.kind
      when c.record_count >= t.member_count * (1 + $growth) then 'grown'
    end as cause
  from core.current_cluster as c
  left join told as t using (cluster_id)
  left join happened as h using (cluster_id)
  left join gone as g using (cluster_id)
  where c.people_count >= $min_people
)
select * from final
where cause is not null
order by cluster_id
