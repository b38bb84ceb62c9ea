-- What: what each target of the platform's asks, and the statement of the cluster it belongs to.
-- Grain: one per target. Inputs: core.current_target, core.target_cluster, core.standing_summary. Parameters: none.
select
  t.target_id,
  t.ballot_question as question_en,
  t.ballot_question_fa as question_fa,
  s.proposition_en,
  s.proposition_fa
from core.current_target as t
left join core.target_cluster as c using (target_id)
left join core.standing_summary as s on s.cluster_id = c.cluster_id
order by t.target_id
