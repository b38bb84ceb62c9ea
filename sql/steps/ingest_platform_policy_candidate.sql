-- From the platform's database (PostgreSQL): canonical records of its own (their vectors stay there). Grain: one row per row there.
-- Parameters: $1, the oldest created_at to read, null for all. User ids leave as they are and are hashed before they are kept.
select
  id::text as id,
  submission_id::text as submission_id,
  title::text as title,
  summary::text as summary,
  stance::text as stance,
  policy_topic::text as policy_topic,
  policy_key::text as policy_key,
  coalesce(nullif(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), created_at::text) as created_at
from policy_candidates
where $1::timestamptz is null or created_at >= $1::timestamptz
order by policy_candidates.created_at, policy_candidates.id
