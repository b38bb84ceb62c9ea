-- Requests to erase: typed rows of what arrived, and what is held. Grain: one row per line.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS), raw.erasure.
-- A request without a readable date still counts, as of now: nobody's wish to be forgotten fails on a format.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(submission_id, id)), '') as submission_id,
    coalesce(
      case when ingest_date_fault(coalesce(requested_at, created_at), try_cast(coalesce(requested_at, created_at) as timestamptz)) is null
        then try_cast(coalesce(requested_at, created_at) as timestamptz)
      end,
      getvariable('ingest_now')
    ) as requested_at,
    left(reason, 200) as reason
  from lined
),
final as (
  select
    *,
    submission_id as given_id,
    submission_id as row_key,
    submission_id as content,
    1 as parts,
    ingest_id_fault(submission_id, 'id') as fault
  from named
)
select * from final;

create or replace temp view held as
select rowid as place, submission_id as row_key, submission_id as content
from raw.erasure;
