-- The platform's clusters: typed rows of what arrived, and the latest reading held. Grain: one row per line.
-- Inputs: temp.lined and lined_all (line_no, the columns of tasks/intake/rows.COLUMNS), core.current_target.
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
  from lined_all
),
judged as (
  select
    * exclude (said),
    target_id as given_id,
    sha256(concat_ws('|', target_id, coalesce(policy_topic, '-'), coalesce(policy_key, '-'), coalesce(status, '-'),
      coalesce(summary, '-'), coalesce(ballot_question, '-'), coalesce(ballot_question_fa, '-'),
      candidate_ids::varchar, coalesce(created_at::varchar, '-'))) as content,
    1 as parts,
    coalesce(
      ingest_id_fault(target_id, 'id'),
      case when candidate_ids is null or len(list_filter(candidate_ids, lambda c: not coalesce(ingest_is_id(c), false))) > 0
        then 'bad_candidates'
      end,
      case when said is not null then ingest_date_fault(said, created_at) end
    ) as fault
  from named
),
compared as (
  select
    *,
    content <> lag(if(fault is null, content, null) ignore nulls) over (partition by target_id order by line_no) as is_change
  from judged
),
-- a file that says A, then B, then A again ends with A: only what says the same as the reading before it is said twice
final as (
  select
    * exclude (is_change),
    content || coalesce(nullif(':' || count_if(is_change and fault is null) over (partition by target_id order by line_no), ':0'), '') as row_key
  from compared
)
select * from final semi join lined using (line_no);

create or replace temp view held as
select
  target_id as place,
  sha256(concat_ws('|', target_id, coalesce(policy_topic, '-'), coalesce(policy_key, '-'), coalesce(status, '-'),
    coalesce(summary, '-'), coalesce(ballot_question, '-'), coalesce(ballot_question_fa, '-'),
    candidate_ids::varchar, coalesce(created_at::varchar, '-'))) as row_key,
  row_key as content
from core.current_target;
