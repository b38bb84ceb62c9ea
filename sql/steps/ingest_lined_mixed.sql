-- All rows of a JSONL source of which some lines were read again: the fast way's, but for those, and the exact ones.
-- Grain: one row per line. Inputs: temp.lined_fast, temp.replaced, temp.arrived_exact.

create or replace temp view lined_all as
select * from lined_fast anti join replaced using (line_no)
union all by name
select * from arrived_exact;

create or replace temp view lined as select * from lined_all;
