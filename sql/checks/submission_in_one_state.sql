-- Offending: submissions that the state view lists more or less than once.
select s.submission_id
from (select distinct submission_id from raw.submission) as s
left join core.submission_state as t using (submission_id)
group by s.submission_id
having count(t.submission_id) <> 1
