-- How far a table of the platform's database was read: the newest created_at of the reading that was kept last, and what was older than
-- it. When the newest rows go upstream the next whole reading ends earlier, and is the one to go on from.
-- Grain: one row, or none before the first reading. Inputs: ops.source, ops.rejected. Parameters: $table_name, $name.
select s.watermark, s.older_mark
from ops.source as s
where s.kind = 'postgres'
  and s.table_name = $table_name
  and s.name = $name
  and s.watermark is not null
  and not exists (
    from ops.rejected as r
    where r.source_id = s.source_id and r.run_id = s.run_id and r.table_name = s.table_name and r.line_no is null
  )
order by s.read_at desc, s.rowid desc
limit 1
