-- The rows that are accepted, as the store keeps them, in the file's order. Whole, so that inserting them fills one row
-- group after the other on all threads; a filter on the way there makes it merge ragged ones on a single thread.
-- Grain: one per row. Inputs: temp view typed (of all lines), temp.judged.

create or replace temp view lined as select * from lined_all;

create or replace temp table accepted as
select * exclude (given_id, row_key, content, parts, fault)
from typed
anti join judged using (line_no);

drop table arrived;  -- its texts are in accepted now
