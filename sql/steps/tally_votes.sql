-- What: every vote event, as the pure count takes it.
-- Grain: one per vote event. Inputs: core.vote_event, core.cycle. Parameters: none.
select
  v.person_key as voter_key,
  v.cycle_id,
  v.target_id,
  v.choice,
  v.cast_at,
  c.cycle_id is not null as is_known_cycle,
  v.is_withdrawal or v.is_replaced as is_taken_back
from core.vote_event as v
left join core.cycle as c using (cycle_id);
