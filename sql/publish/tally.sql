-- The tally of finished rounds (a running one would tell people how to vote): last vote per person, cycle and target. Grain: one per cycle, target and choice.
-- Inputs: core.current_tally, core.current_outcome, raw.option for labels.
with option_label as (
  select option_id, label_en, label_fa from raw.option
  qualify row_number() over (partition by option_id order by ingested_at desc) = 1
)
select
  l.cycle_id, l.target_id, l.cluster_id, l.choice, o.label_en, o.label_fa,
  l.people_count, l.share, l.low, l.high, l.turnout_count, l.is_winner
from core.current_tally as l
semi join (from core.current_outcome where is_final) as f using (cycle_id, target_id)
left join option_label as o on o.option_id = l.choice
order by l.cycle_id, l.target_id, l.choice
