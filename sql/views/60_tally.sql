-- Cycles as last read, the vote that counts of each person, and the latest count of each cycle.

-- one per cycle; core.tally and the messages read their times here, and ingest what is news (sql/steps/ingest_cycle.sql)
create or replace view core.cycle as
select *
from raw.cycle
-- a night has one clock: within it rows lie as they were read, source after source and line after line
qualify row_number() over (partition by cycle_id order by ingested_at desc, rowid desc) = 1;

-- one per vote event: whether it is a vote on a target, and whether a later whole ballot has replaced it.
-- A ballot cast inside its cycle replaces all its voter cast before it in that cycle; of two ballots of one instant the
-- one whose id is last in text order stays. Votes of the long shape stand target by target.
create or replace view core.vote_event as
with ballot as (
  select v.person_key, v.cycle_id, max(struct_pack(cast_at := v.cast_at, vote_id := v.vote_id)) as last_one
  from raw.vote as v
  join core.cycle as c on c.cycle_id = v.cycle_id and v.cast_at between c.started_at and c.ends_at
  where v.shape in ('selections', 'approvals')
  group by all
)
select
  v.*,
  v.choice = 'withdrawn' and v.target_id = '*' as is_withdrawal,
  coalesce(
    v.cast_at < b.last_one.cast_at
    or (v.cast_at = b.last_one.cast_at and v.shape <> 'long' and v.vote_id <> b.last_one.vote_id),
    false
  ) as is_replaced
from raw.vote as v
left join ballot as b on b.person_key = v.person_key and b.cycle_id = v.cycle_id;

-- one per person, cycle and target: the rule of tasks/votes/final.py in SQL (a test holds them equal)
create or replace view core.final_vote as
select v.person_key, v.cycle_id, v.target_id, v.choice, v.cast_at, c.ends_at
from core.vote_event as v
join core.cycle as c
  on c.cycle_id = v.cycle_id and v.cast_at between c.started_at and c.ends_at
where not v.is_withdrawal and not v.is_replaced
qualify row_number() over (
  partition by v.person_key, v.cycle_id, v.target_id order by v.cast_at desc, v.choice desc
) = 1;

-- one per cycle, target and choice: the rows of the latest count of that cycle. A cycle in which no vote counts any more (its
-- dates were corrected, or all ballots taken back) is counted by rows with nobody in them, which no view shows.
create or replace view core.current_tally as
with latest as (
  select * from core.tally qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1
)
select * from latest where people_count > 0;

create or replace view core.current_outcome as
with latest as (
  select * from core.outcome qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1
)
select * from latest where turnout_count > 0;

create or replace view core.current_opinion_group as
with latest as (
  select * from core.opinion_group qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1
)
select * from latest where people_count > 0;

-- one per target of the platform's: its question as last filed
create or replace view core.current_question as
select *
from core.target_question
qualify row_number() over (partition by target_id order by created_at desc, run_id desc) = 1;
