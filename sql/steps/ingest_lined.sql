-- All rows of a JSONL source: the fast way's with persons as keyed hashes, but for those read again, and the exact ones. Grain: one row per line.

create or replace temp view lined_all as
with fast as (
  select a.rowid + 1 as line_no, a.* exclude (person), p.person_key
  from arrived as a
  left join person_of as p using (person)
)
select * from fast anti join replaced using (line_no)
union all by name
select * from arrived_exact;

create or replace temp view lined as select * from lined_all;
