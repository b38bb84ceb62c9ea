-- Offending: erased submissions whose words are still in the store.
select e.submission_id
from ops.erased as e
left join raw.submission as s using (submission_id)
left join core.redaction as d using (submission_id)
left join core.canonical as c using (submission_id)
left join out.message as m using (submission_id)
where s.raw_text is not null or d.redacted_text is not null or d.mapping is not null or c.quote is not null or c.summary_en <> '' or m.text <> ''
