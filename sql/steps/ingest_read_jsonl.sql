-- The fast way in: DuckDB reads a screened copy (tasks/inbox_rows.LineScreen), one row per line in the file's order,
-- so that rowid + 1 is the line number; a line it cannot read becomes a row of nulls and is read again, exactly.
-- User ids stay for the time of the source only, in this session's memory: sql/steps/ingest_persons.sql hashes them.
-- Grain: one row per line. Inputs: the file at $path. Parameters: $path, $columns, $max_bytes.

create or replace temp table arrived as
select
  * exclude (person_id, user_id, voter_id, voter, "user"),
  nullif(trim(coalesce(person_id, user_id, voter_id, voter, "user")), '') as person,
  sha256(coalesce(raw_text, text)) as text_sha256
from read_json(
  $path, format = 'newline_delimited', columns = $columns, ignore_errors = true, maximum_object_size = $max_bytes
)
