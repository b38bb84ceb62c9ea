-- What: known texts of given contents, with the text whose answer each shares, as first decided.
-- Grain: one per text. Inputs: core.redaction, core.wording.
-- Parameters, as JSON lists: $contents (content keys), $keys (texts of these contents that are not on file yet).
with alike as (
  select text_key
  from core.wording
  semi join (select unnest(from_json($contents, '["VARCHAR"]')) as content_key) using (content_key)
  union
  select unnest(from_json($keys, '["VARCHAR"]'))
)
select distinct on (text_key) d.text_key, d.representative_key, d.redacted_text
from core.redaction as d
semi join alike using (text_key)
where d.redacted_text is not null
order by d.text_key, d.created_at, d.representative_key, d.submission_id
