-- How opinion groups voted in finished rounds; groups with fewer than $min_people people are left out.
-- Grain: one per cycle, group and target. Inputs: core.current_opinion_group, core.current_outcome.
-- Parameters: $min_people.
select g.cycle_id, g.group_no, g.target_id, g.people_count, g.agree_count, g.disagree_count, g.pass_count, g.silhouette
from core.current_opinion_group as g
semi join (from core.current_outcome where is_final) as o using (cycle_id, target_id)
where g.people_count >= $min_people
order by g.cycle_id, g.group_no, g.target_id
