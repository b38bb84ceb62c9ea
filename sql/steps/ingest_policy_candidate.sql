-- The platform's canonical records: typed rows of what arrived, and what is held. Grain: one row per line.
-- What the platform made of a message that is erased comes without its words.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS), raw.policy_candidate, ops.erased.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(candidate_id, id)), '') as candidate_id,
    nullif(trim(submission_id), '') as submission_id,
    if(is_erased, null, title) as title,
    if(is_erased, null, summary) as summary,
    left(stance, 16) as stance,
    policy_topic,
    policy_key,
    created_at as said,
    try_cast(created_at as timestamptz) as created_at
  from (select *, trim(submission_id) in (select submission_id from ops.erased) as is_erased from lined)
),
final as (
  select
    * exclude (said),
    candidate_id as given_id,
    candidate_id as row_key,
    sha256(concat_ws('|', submission_id, coalesce(title, '-'), coalesce(summary, '-'), coalesce(stance, '-'),
      coalesce(policy_topic, '-'), coalesce(policy_key, '-'))) as content,
    1 as parts,
    coalesce(
      ingest_id_fault(candidate_id, 'id'),
      ingest_id_fault(submission_id, 'submission'),
      case when said is not null then ingest_date_fault(said, created_at) end
    ) as fault
  from named
)
select * from final;

create or replace temp view held as
select
  rowid as place,
  candidate_id as row_key,
  sha256(concat_ws('|', submission_id, coalesce(title, '-'), coalesce(summary, '-'), coalesce(stance, '-'),
    coalesce(policy_topic, '-'), coalesce(policy_key, '-'))) as content
from raw.policy_candidate;
