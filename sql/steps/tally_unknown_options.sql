-- What: votes that count for an option their target does not have, where the target's options are known; of cycles that run or
-- ended in the last seven days, when the platform can still be asked. They stay in the count, which is of what people chose, and may win
-- it: without words, so that no plan and no message repeats any of another ballot (plan_due.sql, message_votes.sql). Grain: one row. Inputs: core.final_vote, raw.option. Parameters: $now.
select count(*) as vote_count
from core.final_vote as v
semi join raw.option as known on known.target_id = v.target_id
anti join raw.option as o on o.target_id = v.target_id and o.option_id = v.choice
where v.choice not in ('agree', 'disagree', 'pass')
  and v.ends_at > $now::timestamptz - interval 7 day
