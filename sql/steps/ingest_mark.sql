-- A first look at every line, and the few that need a second: faulty ones, and keys that are held already or come more
-- than once. Grain: marked one per row (a ballot has several), suspect one per line.
-- Inputs: temp views typed and held (sql/steps/ingest_<table>.sql).

create or replace temp table marked as
select line_no, row_key, fault
from typed;

-- first by a number of 64 bits, which is cheap to group; then the few that share one, by the key itself
create or replace temp table repeated as
with sound as (
  select row_key, line_no, hash(row_key) as digest
  from marked
  where fault is null
),
shared as (
  select digest
  from sound
  group by digest
  having count(*) > 1
)
select row_key, min(line_no) as first_line
from sound
semi join shared using (digest)
group by row_key
having count(*) > 1;

-- first where the known keys lie, then what is held there: reading the content of every row held costs more
create or replace temp table known_at as
select place
from held
semi join (select row_key from marked where fault is null) as sound using (row_key);

create or replace temp table known as
select row_key, any_value(content) as content
from held
where place in (select place from known_at)
group by row_key;

create or replace temp table suspect as
with again as (
  select distinct m.line_no
  from marked as m
  where m.row_key in (select row_key from known union all select row_key from repeated)
),
final as (
  select line_no from again
  union
  select line_no from marked where fault is not null
)
select * from final;
