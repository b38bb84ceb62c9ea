-- The lines that are not accepted, and why. Grain: one row per such line; verdict 'duplicate' or a reason.
-- Inputs: temp views typed and held (sql/steps/ingest_<table>.sql), temp.unread (line_no, reason, detail, row_sha256).
-- The first of several equal keys in a file wins. A line with several parts (a ballot) is a duplicate when all of them
-- are; when some are, it says something else under a known id.

create or replace temp table judged as
with faulty as (
  select line_no, row_key, fault, sha256(concat_ws('|', row_key, content)) as row_sha256
  from typed
  where fault is not null
),
sound as (
  select line_no, row_key
  from typed
  where fault is null
),
repeated as (
  select row_key, min(line_no) as first_line
  from sound
  group by row_key
  having count(*) > 1
),
known as (
  select h.row_key
  from held as h
  semi join sound using (row_key)
),
suspect as (
  select s.line_no, s.row_key, r.first_line
  from sound as s
  left join repeated as r using (row_key)
  where s.row_key in (select row_key from known) or s.line_no > r.first_line
),
compared as (
  select
    p.line_no,
    t.row_key,
    t.parts,
    t.content,
    t.content = coalesce(h.content, f.content) as is_same
  from suspect as p
  join typed as t on t.line_no = p.line_no and t.row_key = p.row_key
  left join held as h on h.row_key = p.row_key
  left join typed as f on f.line_no = p.first_line and f.row_key = p.row_key
),
collided as (
  select
    line_no,
    min(row_key) as row_key,
    case when bool_and(is_same) and count(*) = max(parts) then 'duplicate' else $conflict end as verdict,
    sha256(string_agg(row_key || '|' || content, '|' order by row_key)) as row_sha256
  from compared
  group by line_no
),
final as (
  select line_no, row_key, verdict, '' as detail, row_sha256 from collided
  union all
  select line_no, row_key, fault, '', row_sha256 from faulty
  union all
  select line_no, null, reason, detail, row_sha256 from unread
)
select
  line_no,
  case when ingest_is_id(row_key) then row_key end as row_id,
  verdict,
  detail,
  row_sha256
from final
