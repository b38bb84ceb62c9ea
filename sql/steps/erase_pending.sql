-- What: erasure requests for submissions that still hold text. Grain: one per submission.
-- Inputs: raw.erasure, raw.submission, ops.erased.
select s.submission_id, any_value(s.text_sha256) as text_sha256, arg_min(e.reason, e.requested_at) as reason, min(e.requested_at) as requested_at
from raw.erasure as e
join raw.submission as s using (submission_id)
anti join ops.erased as d on d.submission_id = s.submission_id
group by s.submission_id
order by s.submission_id
