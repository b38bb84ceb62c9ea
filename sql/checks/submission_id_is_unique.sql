-- Offending: submission ids stored twice.
select submission_id from raw.submission group by submission_id having count(*) > 1
