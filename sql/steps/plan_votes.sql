-- What: the counts that a plan shows. Grain: one per cycle, target and choice. Inputs: core.current_tally.
-- Parameters: none.
select cycle_id, target_id, choice, people_count, share
from core.current_tally
order by cycle_id, target_id, choice
