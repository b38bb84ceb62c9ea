-- What each finished round decided, target by target. Grain: one per cycle and target. Inputs: core.current_outcome.
select
  cycle_id, target_id, cluster_id, winner, runner_up, margin, margin_low, margin_high, turnout_count, has_quorum,
  is_contested, group_count, least_group_agreement, group_consensus
from core.current_outcome
where is_final
order by cycle_id, target_id
