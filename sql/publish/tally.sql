-- The tally of finished rounds (a running one would tell people how to vote): last vote per person, cycle and target. Grain: one per cycle, target and choice.
-- Inputs: core.current_tally, core.current_outcome, raw.option for labels (none for an option that was not on the target's ballot).
select
  l.cycle_id, l.target_id, l.cluster_id, l.choice, o.label_en, o.label_fa,
  l.people_count, l.share, l.low, l.high, l.turnout_count, l.is_winner
from core.current_tally as l
semi join (from core.current_outcome where is_final) as f using (cycle_id, target_id)
left join raw.option as o on o.target_id = l.target_id and o.option_id = l.choice
order by l.cycle_id, l.target_id, l.choice
