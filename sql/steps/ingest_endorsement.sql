-- Endorsements: typed rows of what arrived, and what is held. Grain: one row per line.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS, person_key), raw.endorsement.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(endorsement_id, id)), '') as given_id,
    person_key,
    nullif(trim(coalesce(target_id, cluster_id)), '') as target_id,
    created_at as said,
    try_cast(created_at as timestamptz) as created_at
  from lined
),
final as (
  select
    line_no,
    given_id,
    coalesce(given_id, 'e' || left(sha256(concat_ws('|', person_key, target_id)), 32)) as endorsement_id,
    person_key,
    target_id,
    created_at,
    endorsement_id as row_key,
    -- one person endorses a target once: a derived id says it all, the hour may differ
    concat_ws('|', person_key, target_id, case when given_id is not null then created_at::varchar end) as content,
    1 as parts,
    coalesce(
      case when person_key is null then 'missing_person' end,
      case when given_id is not null then ingest_id_fault(given_id, 'id') end,
      ingest_id_fault(target_id, 'target'),
      ingest_date_fault(said, created_at)
    ) as fault
  from named
)
select * from final;

create or replace temp view held as
select
  rowid as place,
  endorsement_id as row_key,
  concat_ws('|', person_key, target_id, case
    when endorsement_id <> 'e' || left(sha256(concat_ws('|', person_key, target_id)), 32) then created_at::varchar
  end) as content
from raw.endorsement;
