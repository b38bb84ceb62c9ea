-- All rows of a JSONL source: the fast way's, but for those read again, and the exact ones. Grain: one row per line.

create or replace temp view lined as
select rowid + 1 as line_no, *
from arrived
where rowid + 1 not in (select line_no from replaced)
union all by name
select *
from arrived_exact;
