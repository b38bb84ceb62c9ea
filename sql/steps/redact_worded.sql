-- What: the content of given texts, where it is on file. Grain: one per text. Inputs: core.wording. Parameters: $keys.
select text_key, content_key
from core.wording
semi join (select unnest($keys::varchar[]) as text_key) using (text_key)
