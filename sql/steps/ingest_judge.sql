-- The lines that are not accepted, and why. Grain: one row per such line; verdict 'duplicate' or a reason.
-- Inputs: temp view typed (of the suspect lines), temp.known, temp.repeated, temp.unread.
-- The first of several equal keys in a file wins. A line with several parts (a ballot) is a duplicate when all of them
-- are; when some are, it says something else under a known id. Parameters: $conflict, the reason then.

create or replace temp table judged as
with suspected as materialized (
  select line_no, given_id, row_key, content, parts, fault from typed
),
faulty as (
  select line_no, min(fault) as fault, sha256(concat_ws('|', min(row_key), min(content))) as row_sha256
  from suspected
  where fault is not null
  group by line_no
),
sound as (
  select *
  from suspected
  where fault is null
),
first_in_file as (
  select s.row_key, s.line_no, s.content
  from sound as s
  join repeated as r on r.row_key = s.row_key and r.first_line = s.line_no
),
compared as (
  select s.line_no, s.row_key, s.parts, s.content, s.content = coalesce(h.content, f.content) as is_same
  from sound as s
  left join known as h using (row_key)
  left join first_in_file as f using (row_key)
  where h.row_key is not null or s.line_no > f.line_no
),
collided as (
  select line_no, if(bool_and(is_same) and count(*) = max(parts), 'duplicate', $conflict) as verdict
  from compared
  group by line_no
),
-- nobody is told of a duplicate, so nobody needs its hash
conflicting as (
  select line_no, sha256(string_agg(c.row_key || '|' || c.content, '|' order by c.row_key)) as row_sha256
  from compared as c
  semi join (select line_no from collided where verdict <> 'duplicate') as other using (line_no)
  group by line_no
),
given as (
  select line_no, min(given_id) as given_id
  from suspected
  group by line_no
),
final as (
  select line_no, verdict, null as detail, row_sha256 from collided left join conflicting using (line_no)
  union all
  select line_no, fault, null, row_sha256 from faulty
  union all
  select line_no, reason, detail, row_sha256 from unread
)
select
  line_no,
  -- a row key may be a hash made here, which nobody could look up
  case when ingest_is_id(given_id) then given_id end as row_id,
  verdict,
  coalesce(detail, ingest_advice(verdict)) as detail,
  row_sha256
from final
left join given using (line_no)
