-- Offending: tally lines whose people are more than the people who ever voted on the target.
select t.cycle_id, t.target_id, t.choice
from core.tally as t
where t.people_count > (
  select count(distinct v.person_key) from raw.vote as v where v.cycle_id = t.cycle_id and v.target_id = t.target_id
)
