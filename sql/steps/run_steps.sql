-- What: the steps of one run with their counts, the latest attempt of each, in order.
-- Grain: one per step. Inputs: ops.step. Parameters: $run_id.
with latest as (
  select *
  from ops.step
  where run_id = $run_id
  qualify row_number() over (partition by step order by ended_at desc) = 1
)
select
  step,
  in_count as "in",
  out_count as "out",
  rejected_count as rejected,
  skipped_count as skipped,
  pending_count as pending,
  round(spent_usd, 6) as usd,
  elapsed_ms as ms,
  peak_rss_bytes,
  degradations,
  details,
  ended_at
from latest
order by ended_at
