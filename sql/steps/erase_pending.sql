-- What: erasure requests for submissions that still hold text, with the first reason told. Grain: one per submission.
-- Inputs: raw.erasure, raw.submission, ops.erased.
select
  s.submission_id,
  s.text_sha256,
  arg_min(e.reason, struct_pack(at := e.requested_at, place := e.rowid)) as reason,
  min(e.requested_at) as requested_at
from raw.erasure as e
join raw.submission as s using (submission_id)
anti join ops.erased as d on d.submission_id = s.submission_id
group by s.submission_id, s.text_sha256
order by s.submission_id
