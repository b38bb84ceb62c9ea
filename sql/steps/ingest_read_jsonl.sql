-- The fast way in: DuckDB reads a screened file (tasks/intake/lines.py), one row per line in the file's order, so that
-- rowid + 1 is the line number; a line it cannot read becomes a row of nulls and is read again, exactly.
-- User ids become keyed hashes in the same breath (RFC 2104 by hand; equal to tasks/intake/person.py, which a test proves).
-- Grain: one row per line. Inputs: the file at $path. Parameters: $path, $columns, $max_bytes, $inner_pad, $outer_pad.

create or replace temp table arrived as
with said as (
  select
    * exclude (person_id, user_id, voter_id, voter, "user"),
    coalesce(
      ingest_person(person_id), ingest_person(user_id), ingest_person(voter_id), ingest_person(voter), ingest_person("user")
    ) as person
  from read_json(
    $path, format = 'newline_delimited', columns = $columns, ignore_errors = true, maximum_object_size = $max_bytes
  )
)
select
  * exclude (person),
  sha256($outer_pad::blob || unhex(sha256($inner_pad::blob || encode(person)))) as person_key,
  sha256(coalesce(raw_text, text)) as text_sha256
from said
