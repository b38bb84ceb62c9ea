-- What: the steps of one run with their counts, in order. Of each step the latest attempt; of one that a back-fill takes window by window
-- the sum of its windows. A resumed attempt at a window does what the one before has left, so the two add up, but for what waited, which
-- both met; where all is asked anew (redo) each attempt does the whole window, and the latest counts.
-- Grain: one per step. Inputs: ops.step. Parameters: $run_id.
with attempt as (
  select
    *,
    details ->> 'window' as part,
    coalesce(cast(details ->> 'is_redo' as boolean), false) as is_redo,
    row_number() over (partition by step, details ->> 'window' order by ended_at desc, rowid desc) = 1 as is_last,
    rowid as place
  from ops.step
  where run_id = $run_id
),
counted as (
  select *
  from attempt
  where is_last or (part is not null and not is_redo)
)
select
  step,
  sum(if(is_last, in_count, in_count - pending_count))::bigint as "in",
  sum(out_count)::bigint as "out",
  sum(rejected_count)::bigint as rejected,
  sum(skipped_count)::bigint as skipped,
  coalesce(sum(pending_count) filter (is_last), 0)::bigint as pending,
  round(sum(spent_usd), 6) as usd,
  sum(elapsed_ms)::bigint as ms,
  max(peak_rss_bytes) as peak_rss_bytes,
  -- of all windows so far: they are read from the store (canonicalize_losses.sql)
  arg_max(degradations, struct_pack(at := ended_at, place := place)) as degradations,
  arg_max(details, struct_pack(at := ended_at, place := place)) as details,
  max(ended_at) as ended_at
from counted
group by step
order by max(ended_at), max(place)
