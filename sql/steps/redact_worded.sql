-- What: the content of given texts, where it is on file. Grain: one per text. Inputs: core.wording. Parameters: $keys (a JSON list).
select text_key, content_key
from core.wording
semi join (select unnest(from_json($keys, '["VARCHAR"]')) as text_key) using (text_key)
