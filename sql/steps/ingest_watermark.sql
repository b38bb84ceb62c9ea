-- How far a table of the platform's database was read: the newest created_at of the readings that were kept.
-- Grain: one row. Inputs: ops.source, ops.rejected. Parameters: $table_name, $name.
select max(s.watermark) as watermark
from ops.source as s
where s.kind = 'postgres'
  and s.table_name = $table_name
  and s.name = $name
  and not exists (
    from ops.rejected as r
    where r.source_id = s.source_id and r.run_id = s.run_id and r.table_name = s.table_name and r.line_no is null
  )
