-- The fast way in: DuckDB reads a screened copy (tasks/inbox_rows.LineScreen), one row per line in the file's order,
-- so that rowid + 1 is the line number; a line it cannot read becomes a row of nulls and is read again, exactly.
-- User ids become keyed hashes here (RFC 2104 by hand; equal to tasks/intake/person.py, which a test proves).
-- Grain: one row per line. Inputs: the file at $path. Parameters: $path, $columns, $inner_pad, $outer_pad, $max_bytes.

create or replace temp table arrived as
with line as (
  select *, nullif(trim(coalesce(person_id, user_id, voter_id, voter, "user")), '') as person
  from read_json(
    $path, format = 'newline_delimited', columns = $columns, ignore_errors = true, maximum_object_size = $max_bytes
  )
)
select
  * exclude (person_id, user_id, voter_id, voter, "user", person),
  sha256(coalesce(raw_text, text)) as text_sha256,
  case when person is not null
    then sha256($outer_pad::blob || unhex(sha256($inner_pad::blob || encode(person))))
  end as person_key
from line
