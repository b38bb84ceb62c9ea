-- Submissions whose text may not have been a JSON string: DuckDB hands over numbers, lists and objects as text too.
-- Grain: one row per line. Inputs: temp.arrived. Parameters: none.
select rowid + 1 as line_no
from arrived
where left(trim(coalesce(raw_text, text)), 1) in ('{', '[')
  or regexp_full_match(coalesce(raw_text, text), 'true|false|-?[0-9][0-9.eE+-]*|-?(NaN|nan|Infinity|inf)')
