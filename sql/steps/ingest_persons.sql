-- User ids of the fast way become keyed hashes (RFC 2104 by hand; equal to tasks/intake/person.py, which a test proves),
-- once per person, not per line. Grain: one row per person. Inputs: temp.arrived. Parameters: $inner_pad, $outer_pad.

create or replace temp table person_of as
with someone as (
  select distinct person from arrived where person is not null
)
select person, sha256($outer_pad::blob || unhex(sha256($inner_pad::blob || encode(person)))) as person_key
from someone
