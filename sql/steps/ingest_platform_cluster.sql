-- From the platform's database (PostgreSQL): clusters ("policies"). Grain: one row per row there.
-- Read whole each time, since rows change there; readings that say nothing new are dropped here.
select
  id::text as id,
  policy_topic::text as policy_topic,
  policy_key::text as policy_key,
  status::text as status,
  summary::text as summary,
  ballot_question::text as ballot_question,
  ballot_question_fa::text as ballot_question_fa,
  to_json(candidate_ids)::text as candidate_ids,
  coalesce(nullif(to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), created_at::text) as created_at
from clusters
order by clusters.created_at, clusters.id
