-- What: how many submissions are in each state; their sum is all that was ever accepted. Grain: one per state.
select state, count(*) as submission_count from core.submission_state group by state order by state
