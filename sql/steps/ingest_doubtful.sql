-- Lines of the fast way to be read again, exactly. Grain: one row per line. Inputs: temp.arrived.
-- A row of nulls was unreadable or empty. Parameters: none.
with seen as (
  select rowid + 1 as line_no, coalesce(*columns(*)) as something
  from arrived
)
select line_no
from seen
where something is null
