-- Ballot options: typed rows of what arrived, and what is held. Grain: one row per line.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS), raw.option.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(option_id, id)), '') as option_id,
    nullif(trim(coalesce(target_id, cluster_id)), '') as target_id,
    position as said_position,
    try_cast(position as integer) as position,
    coalesce(label_fa, label) as label_fa,
    label_en,
    coalesce(description_fa, description) as description_fa,
    description_en
  from lined
),
final as (
  select
    * exclude (said_position),
    option_id as given_id,
    option_id as row_key,
    sha256(concat_ws('|', target_id, position::varchar, coalesce(label_fa, '-'), coalesce(label_en, '-'),
      coalesce(description_fa, '-'), coalesce(description_en, '-'))) as content,
    1 as parts,
    coalesce(
      ingest_id_fault(option_id, 'id'),
      ingest_id_fault(target_id, 'target'),
      case
        when said_position is null then 'missing_position'
        when position is null then 'bad_number'
        when coalesce(label_fa, label_en) is null then 'missing_label'
      end
    ) as fault
  from named
)
select * from final;

create or replace temp view held as
select
  rowid as place,
  option_id as row_key,
  sha256(concat_ws('|', target_id, position::varchar, coalesce(label_fa, '-'), coalesce(label_en, '-'),
    coalesce(description_fa, '-'), coalesce(description_en, '-'))) as content
from raw.option;
