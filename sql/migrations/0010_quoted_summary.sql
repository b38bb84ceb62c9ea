-- The summary that a vote prompt, reminder or result quotes, so that its words go with it (tasks/erase.py). Null: it quotes none, being an answer
-- to a message or about a ballot with a question of its own. Of what was written before, the one that the cluster had then. No seal has it.
alter table out.message add column summary_id varchar;

update out.message as m
set summary_id = t.summary_id
from (
  select m.message_id, arg_max(t.summary_id, t.created_at) as summary_id
  from out.message as m
  join core.summary as t on t.cluster_id = m.cluster_id and t.created_at <= m.created_at
  where m.kind in ('vote_prompt', 'reminder', 'result')
    and not exists (
      from core.target_question as q where contains(m.text, rtrim(trim(q.question_en), '.')) or contains(m.text, rtrim(trim(q.question_fa), '.'))
    )
  group by m.message_id
) as t
where t.message_id = m.message_id;
