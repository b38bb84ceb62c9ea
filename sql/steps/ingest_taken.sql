-- Sources that were read and kept; refused ones are left out, so that they are tried again.
-- Grain: one row per source and reading, in the order of reading. Inputs: ops.source, ops.rejected.
select s.source_id, s.table_name, s.name, s.stat_key
from ops.source as s
where not exists (
  from ops.rejected as r
  where r.source_id = s.source_id
    and r.table_name = s.table_name
    and r.run_id = s.run_id
    and r.line_no is null
    and r.reason <> 'empty_file'
)
order by s.rowid
