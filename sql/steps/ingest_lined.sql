-- All rows of a JSONL source as the fast way read them, persons as keyed hashes. Grain: one row per line.
-- Inputs: temp.arrived, temp.person_of.

create or replace temp view lined_fast as
select a.rowid + 1 as line_no, a.* exclude (person), p.person_key
from arrived as a
left join person_of as p using (person);

create or replace temp view lined_all as select * from lined_fast;

create or replace temp view lined as select * from lined_all;
