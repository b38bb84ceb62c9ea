-- What: redacted texts whose content is not on file: none, but in a store older than core.wording.
-- Grain: one per text. Inputs: core.redaction, core.wording.
select distinct on (text_key) text_key, redacted_text
from core.redaction
anti join core.wording using (text_key)
where redacted_text is not null
order by text_key, created_at
