-- Rows of a database that were refused in an earlier reading are not refused again: the look-back reads them each night.
-- Grain: one row per line of temp.judged. Inputs: temp.judged, ops.rejected. Parameters: $table_name, $name.
update judged
set verdict = 'duplicate'
where exists (
  from ops.rejected as r
  where r.table_name = $table_name
    and r.name = $name
    and r.reason = judged.verdict
    and r.row_sha256 = judged.row_sha256
)
