-- Votes: typed rows of what arrived, and what is held. Grain: one row per ballot and target.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS, person_key), raw.vote.
-- Three shapes: long (target, choice), selections ([{cluster_id, option_id}]), approvals (ids, selections null).
-- A ballot (selections, approvals) is its voter's whole word on the cycle: it replaces what they cast before, so a target
-- it leaves out is an abstention (sql/views/60_tally.sql); nothing is stored for that. A ballot that names no target
-- takes back all earlier ones: one row, target '*', choice 'withdrawn'.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(vote_id, id)), '') as given_id,
    person_key,
    nullif(trim(cycle_id), '') as cycle_id,
    nullif(trim(coalesce(target_id, cluster_id)), '') as target_id,
    nullif(trim(coalesce(choice, option_id)), '') as choice,
    nullif(trim(selections), 'null') as selections,
    approved_cluster_ids,
    coalesce(cast_at, created_at) as said,
    try_cast(coalesce(cast_at, created_at) as timestamptz) as cast_at
  from lined
),
shaped as (
  select
    *,
    case
      when target_id is not null or choice is not null then 'long'
      when selections is not null then 'selections'
      when approved_cluster_ids is not null then 'approvals'
    end as shape
  from named
),
picked as (
  select
    *,
    case shape
      when 'long' then [{
        'target_id': target_id,
        'choice': case when lower(choice) in ('agree', 'disagree', 'pass') then lower(choice) else choice end
      }]
      when 'selections' then list_transform(
        try(from_json(selections, '[{"cluster_id": "VARCHAR", "option_id": "VARCHAR"}]')),
        lambda s: {'target_id': trim(s.cluster_id), 'choice': trim(s.option_id)}
      )
      when 'approvals' then list_transform(
        ingest_list(approved_cluster_ids),
        lambda a: {'target_id': a, 'choice': 'agree'}
      )
    end as named_picks
  from shaped
),
whole as (
  select
    * exclude (named_picks),
    -- selections that are empty beside approvals that are not contradict each other: no withdrawal, but a fault
    if(
      len(named_picks) = 0 and coalesce(len(ingest_list(approved_cluster_ids)), 0) = 0,
      [{'target_id': '*', 'choice': 'withdrawn'}],
      named_picks
    ) as picks
  from picked
),
judged as (
  select
    *,
    coalesce(
      case when person_key is null then 'missing_person' end,
      ingest_id_fault(cycle_id, 'cycle'),
      case when given_id is not null then ingest_id_fault(given_id, 'id') end,
      case
        when shape is null then 'missing_choice'
        when picks is null then 'bad_selections'
        when len(picks) = 0 then 'empty_ballot'
        when len(list_filter(picks, lambda p: p.target_id is null)) > 0 then 'missing_target'
        when len(list_filter(picks, lambda p: p.choice is null)) > 0 then 'missing_choice'
        when shape <> 'long' and picks[1].target_id = '*' and picks[1].choice = 'withdrawn' and len(picks) = 1 then null
        when len(list_filter(picks, lambda p: not ingest_is_id(p.target_id))) > 0 then 'bad_target'
        -- a bare 1 or YES says neither agree nor which option: what was asked may be asked the other way round
        when len(list_filter(
          picks, lambda p: not ingest_is_id(p.choice) or lower(p.choice) in ('0', '1', 'yes', 'no', 'y', 'n', 'true', 'false')
        )) > 0 then 'bad_choice'
        when len(list_distinct(list_transform(picks, lambda p: p.target_id))) < len(picks) then 'double_choice'
      end,
      ingest_date_fault(said, cast_at)
    ) as fault
  from whole
),
cast_on as (
  select * exclude (picks), if(shape = 'long', '', picks::varchar) as ballot, unnest(case when fault is null then picks else [null] end) as pick, len(picks) as parts
  from judged
),
final as (
  select
    line_no,
    given_id,
    coalesce(
      given_id,
      'v' || left(sha256(concat_ws(
        '|', person_key, cycle_id, if(shape = 'long', pick.target_id || '|' || pick.choice, ballot), cast_at::varchar
      )), 32)
    ) as vote_id,
    person_key,
    cycle_id,
    pick.target_id as target_id,
    pick.choice as choice,
    cast_at,
    shape,
    vote_id || '/' || pick.target_id as row_key,
    concat_ws('|', person_key, cycle_id, pick.choice, cast_at::varchar) as content,
    parts,
    fault
  from cast_on
)
select * from final;

create or replace temp view held as
select rowid as place, vote_id || '/' || target_id as row_key, concat_ws('|', person_key, cycle_id, choice, cast_at::varchar) as content
from raw.vote;
