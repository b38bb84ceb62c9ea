-- Offending: sources that say they gave more or fewer submissions or endorsements than the store holds from them.
-- (Tables of one row per accepted line, which no step ever deletes from.)
with held as (
  select source_id, 'submission' as table_name, run_id, count(*) as row_count from raw.submission group by all
  union all
  select source_id, 'endorsement', run_id, count(*) from raw.endorsement group by all
),
final as (
  select s.source_id, s.table_name, s.name, s.accepted_count, coalesce(h.row_count, 0) as held_count
  from ops.source as s
  left join held as h using (source_id, table_name, run_id)
  where s.table_name in ('submission', 'endorsement') and s.accepted_count <> coalesce(h.row_count, 0)
)
select * from final
