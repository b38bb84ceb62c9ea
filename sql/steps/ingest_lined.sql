-- All rows of a JSONL source: those of the fast way, but for lines that were read again, and the exact ones.
-- Grain: one row per line. Inputs: temp.arrived, temp.replaced, temp.arrived_exact.

create or replace temp view lined_all as
select rowid + 1 as line_no, *
from arrived
where rowid + 1 not in (select line_no from replaced)
union all by name
select * from arrived_exact;

create or replace temp view lined as select * from lined_all;
