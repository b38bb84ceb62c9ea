-- Offending: choices whose count that stands filed is not the count of the votes that stand.
-- Two rules meet here: the count in tasks/votes/final.py, and core.final_vote.
with counted as (
  select cycle_id, target_id, choice, count(*) as people_count
  from core.final_vote
  group by all
),
filed as ( -- summed, so that a count that stands twice is met
  select cycle_id, target_id, choice, sum(people_count) as people_count
  from core.current_tally
  group by all
)
select cycle_id, target_id, choice, t.people_count as filed_count, v.people_count as standing_count
from counted as v
full join filed as t using (cycle_id, target_id, choice)
where v.people_count is distinct from t.people_count
