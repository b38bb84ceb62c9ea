-- From the platform's database (PostgreSQL): voting cycles, results in whatever shape. Grain: one row per row there.
-- Read whole each time, since rows change there; readings that say nothing new are dropped here.
select
  id::text as id,
  coalesce(nullif(to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), started_at::text) as started_at,
  coalesce(nullif(to_char(ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), ends_at::text) as ends_at,
  status::text as status,
  to_json(cluster_ids)::text as cluster_ids,
  results::text as results,
  total_voters::text as total_voters
from voting_cycles
order by voting_cycles.started_at, voting_cycles.id
