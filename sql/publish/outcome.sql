-- What each finished round decided, target by target. Grain: one per cycle and target.
-- The question is the platform's own; null = the cluster's proposition was voted on.
-- Inputs: core.current_outcome, core.cycle, core.current_question.
select
  o.cycle_id, o.target_id, o.cluster_id, o.winner, o.runner_up, o.margin, o.margin_low, o.margin_high, o.turnout_count,
  o.has_quorum, o.is_contested, o.group_count, o.least_group_agreement, o.group_consensus,
  q.question_en, q.question_fa, coalesce(q.is_same, true) as is_about_proposition,
  (c.ends_at at time zone 'Asia/Tehran')::date as ended_on
from core.current_outcome as o
left join core.cycle as c using (cycle_id)
left join core.current_question as q using (target_id)
where o.is_final
order by o.cycle_id, o.target_id
