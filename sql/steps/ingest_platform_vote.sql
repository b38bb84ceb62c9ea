-- From the platform's database (PostgreSQL): votes. Grain: one row per row there.
-- Parameters: $1, the oldest created_at to read, null for all. User ids leave as they are and are hashed before they are kept.
select
  id::text as id,
  user_id::text as user_id,
  cycle_id::text as cycle_id,
  to_json(approved_cluster_ids)::text as approved_cluster_ids,
  selections::text as selections,
  coalesce(nullif(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), created_at::text) as created_at
from votes
where $1::timestamptz is null or created_at >= $1::timestamptz
order by votes.created_at, votes.id
