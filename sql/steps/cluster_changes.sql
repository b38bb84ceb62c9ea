-- What: what changed among clusters in one run, with titles where a summary is published.
-- Grain: one per event. Inputs: core.lineage, core.cluster_run, core.current_summary, core.current_cluster. Parameters: $run_id.
select
  l.kind as change,
  s.title_en as topic,
  c.people_count as people,
  case  -- of its records, as it was before
    when l.kind = 'grown' then round(100 * l.share)::int || ' % more'
    when l.kind in ('split', 'merged') then round(100 * l.share)::int || ' % went over'
    else ''
  end as "by",
  coalesce(l.from_cluster_id, '') as "from",
  coalesce(l.to_cluster_id, '') as "to"
from core.lineage as l
join core.cluster_run as r using (cluster_run_id)
left join core.current_summary as s on s.cluster_id = coalesce(l.to_cluster_id, l.from_cluster_id) and s.status = 'ok'
left join core.current_cluster as c on c.cluster_id = coalesce(l.to_cluster_id, l.from_cluster_id)
where r.run_id = $run_id and l.kind <> 'moved'
order by l.kind, l.to_cluster_id, l.from_cluster_id
