-- What: what changed among clusters in one run, with titles where a summary is published.
-- Grain: one per event. Inputs: core.lineage, core.cluster_run, core.current_summary. Parameters: $run_id.
select
  l.kind as change,
  s.title_en as topic,
  round(l.share, 2) as share,
  coalesce(l.from_cluster_id, '') as "from",
  coalesce(l.to_cluster_id, '') as "to"
from core.lineage as l
join core.cluster_run as r using (cluster_run_id)
left join core.current_summary as s on s.cluster_id = coalesce(l.to_cluster_id, l.from_cluster_id) and s.status = 'ok'
where r.run_id = $run_id and l.kind <> 'moved'
order by l.kind, l.to_cluster_id, l.from_cluster_id
