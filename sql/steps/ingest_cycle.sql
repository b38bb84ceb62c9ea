-- Voting cycles: typed rows of what arrived, and the latest reading held. Grain: one row per line.
-- Inputs: temp.lined and lined_all (line_no, the columns of tasks/intake/rows.COLUMNS), core.cycle.
-- A reading that says something new is a further row; the platform's results are kept as received, whatever shape.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(cycle_id, id)), '') as cycle_id,
    started_at as said_start,
    ends_at as said_end,
    try_cast(started_at as timestamptz) as started_at,
    try_cast(ends_at as timestamptz) as ends_at,
    left(status, 16) as status,
    ingest_list(coalesce(target_ids, cluster_ids)) as target_ids,
    nullif(results, 'null') as said_results,
    try_cast(nullif(results, 'null') as json) as results,
    total_voters as said_voters,
    try_cast(total_voters as bigint) as total_voters
  from lined_all
),
judged as (
  select
    * exclude (said_start, said_end, said_results, said_voters),
    cycle_id as given_id,
    sha256(concat_ws('|', cycle_id, started_at::varchar, ends_at::varchar, coalesce(status, '-'), target_ids::varchar,
      coalesce(results::varchar, '-'), coalesce(total_voters::varchar, '-'))) as content,
    1 as parts,
    coalesce(
      ingest_id_fault(cycle_id, 'id'),
      ingest_date_fault(said_start, started_at),
      -- a cycle may end in the future, so only the other rules of dates hold
      nullif(ingest_date_fault(said_end, ends_at), 'future_date'),
      case
        when not isfinite(ends_at) then 'bad_date' -- `infinity`: a round that never ends decides nothing
        when ends_at < started_at then 'ends_before_start'
        when target_ids is null or len(list_filter(target_ids, lambda t: not coalesce(ingest_is_id(t), false))) > 0 then 'bad_target'
        when said_results is not null and results is null then 'bad_results'
        when said_voters is not null and total_voters is null then 'bad_number'
      end
    ) as fault
  from named
),
compared as (
  select
    *,
    content <> lag(if(fault is null, content, null) ignore nulls) over (partition by cycle_id order by line_no) as is_change
  from judged
),
-- a file that says A, then B, then A again ends with A: only what says the same as the reading before it is said twice
final as (
  select
    * exclude (is_change),
    content || coalesce(nullif(':' || count_if(is_change and fault is null) over (partition by cycle_id order by line_no), ':0'), '') as row_key
  from compared
)
select * from final semi join lined using (line_no);

create or replace temp view held as
select
  cycle_id as place,
  sha256(concat_ws('|', cycle_id, started_at::varchar, ends_at::varchar, coalesce(status, '-'), target_ids::varchar,
    coalesce(results::varchar, '-'), coalesce(total_voters::varchar, '-'))) as row_key,
  row_key as content
from core.cycle;
