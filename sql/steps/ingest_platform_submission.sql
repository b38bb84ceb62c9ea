-- From the platform's database (PostgreSQL): submissions. Grain: one row per row there.
-- Parameters: $1, the oldest created_at to read, null for all. User ids leave as they are and are hashed before they are kept.
select
  id::text as id,
  user_id::text as user_id,
  raw_text::text as raw_text,
  language::text as language,
  status::text as status,
  hash::text as hash,
  coalesce(nullif(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), created_at::text) as created_at
from submissions
where $1::timestamptz is null or created_at >= $1::timestamptz
order by submissions.created_at, submissions.id
