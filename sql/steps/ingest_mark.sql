-- A first look at every line, and the few that need a second: faulty ones, and keys that are held already or come more
-- than once. Grain: marked one per row (a ballot has several), suspect one per line.
-- Inputs: temp views typed and held (sql/steps/ingest_<table>.sql).

create or replace temp table marked as
select line_no, row_key, fault
from typed;

create or replace temp table repeated as
select row_key, min(line_no) as first_line
from marked
where fault is null
group by row_key
having count(*) > 1;

create or replace temp table known as
select row_key, any_value(content) as content
from held
semi join (select row_key from marked where fault is null) as sound using (row_key)
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
