-- Offending: sources whose rows are not all accepted, refused or duplicates, or whose refused rows are not all filed.
with filed as (
  select source_id, table_name, run_id, count(line_no) as line_count, count(*) - count(line_no) as whole_count
  from ops.rejected
  group by all
),
final as (
  select s.source_id, s.table_name, s.name, s.row_count, s.accepted_count, s.rejected_count, s.duplicate_count
  from ops.source as s
  left join filed as f using (source_id, table_name, run_id)
  where s.row_count <> s.accepted_count + s.rejected_count + s.duplicate_count
    or (coalesce(f.whole_count, 0) = 0 and s.rejected_count <> coalesce(f.line_count, 0))
    or (f.whole_count > 0 and s.accepted_count > 0)
)
select * from final
