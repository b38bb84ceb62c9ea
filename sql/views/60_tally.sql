-- Cycles as last read, the vote that counts of each person, and the latest count of each cycle.

-- one per cycle; core.tally and the messages read their times here
create or replace view core.cycle as
select *
from raw.cycle
qualify row_number() over (partition by cycle_id order by ingested_at desc, source_id desc, line_no desc) = 1;

-- one per person, cycle and target: the rule of tasks/votes/final.py in SQL (a test holds them equal)
create or replace view core.final_vote as
select v.person_key, v.cycle_id, v.target_id, v.choice, v.cast_at, c.ends_at
from raw.vote as v
join core.cycle as c
  on c.cycle_id = v.cycle_id and v.cast_at between c.started_at and c.ends_at
qualify row_number() over (
  partition by v.person_key, v.cycle_id, v.target_id order by v.cast_at desc, v.choice desc
) = 1;

-- one per cycle, target and choice: the rows of the latest count of that cycle
create or replace view core.current_tally as
select *
from core.tally
qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1;

create or replace view core.current_outcome as
select *
from core.outcome
qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1;

create or replace view core.current_opinion_group as
select *
from core.opinion_group
qualify rank() over (partition by cycle_id order by created_at desc, run_id desc) = 1;
