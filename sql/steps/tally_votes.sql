-- What: every vote event, as the pure count takes it.
-- Grain: one per vote event. Inputs: raw.vote, core.cycle. Parameters: none.
select
  v.person_key as voter_key,
  v.cycle_id,
  v.target_id,
  v.choice,
  v.cast_at,
  c.cycle_id is not null as is_known_cycle
from raw.vote as v
left join core.cycle as c using (cycle_id);
