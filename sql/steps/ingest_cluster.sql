-- The platform's clusters: typed rows of what arrived, and the latest reading held. Grain: one row per line.
-- Inputs: temp.lined (line_no, the columns of tasks/inbox_rows.COLUMNS), raw.cluster.
-- A reading that says something new is a further row.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(target_id, cluster_id, id)), '') as target_id,
    policy_topic,
    policy_key,
    left(status, 16) as status,
    summary,
    ballot_question,
    ballot_question_fa,
    ingest_list(candidate_ids) as candidate_ids,
    created_at as said,
    try_cast(created_at as timestamptz) as created_at
  from lined
),
final as (
  select
    * exclude (said),
    target_id as given_id,
    sha256(concat_ws('|', target_id, coalesce(policy_topic, '-'), coalesce(policy_key, '-'), coalesce(status, '-'),
      coalesce(summary, '-'), coalesce(ballot_question, '-'), coalesce(ballot_question_fa, '-'),
      candidate_ids::varchar, coalesce(created_at::varchar, '-'))) as row_key,
    row_key as content,
    1 as parts,
    coalesce(
      ingest_id_fault(target_id, 'id'),
      case when candidate_ids is null or len(list_filter(candidate_ids, lambda c: not coalesce(ingest_is_id(c), false))) > 0
        then 'bad_candidates'
      end,
      case when said is not null then ingest_date_fault(said, created_at) end
    ) as fault
  from named
)
select * from final;

create or replace temp view held as
with latest as (
  select *, rowid as place
  from raw.cluster
  qualify row_number() over (partition by target_id order by ingested_at desc, source_id, line_no desc) = 1
)
select
  place,
  sha256(concat_ws('|', target_id, coalesce(policy_topic, '-'), coalesce(policy_key, '-'), coalesce(status, '-'),
    coalesce(summary, '-'), coalesce(ballot_question, '-'), coalesce(ballot_question_fa, '-'),
    candidate_ids::varchar, coalesce(created_at::varchar, '-'))) as row_key,
  row_key as content
from latest;
