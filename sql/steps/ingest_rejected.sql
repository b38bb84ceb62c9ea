-- The refused lines of one source. Grain: one row per line. Inputs: temp.judged.
-- Parameters: $source_id, $table_name, $name, $run_id, $now.
insert into ops.rejected by name
select
  $source_id as source_id,
  $table_name as table_name,
  $name as name,
  line_no,
  row_id,
  verdict as reason,
  detail,
  row_sha256,
  $run_id as run_id,
  $now::timestamptz as rejected_at
from judged
where verdict <> 'duplicate'
