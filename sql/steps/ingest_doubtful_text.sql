-- Submissions whose text may not have been a JSON string: DuckDB hands over numbers, lists and objects as text too.
-- Grain: one row per line. Inputs: temp.arrived. Parameters: none.
with first_letter as (
  select rowid + 1 as line_no, coalesce(raw_text, text) as words, words[1] as letter
  from arrived
)
select line_no
from first_letter
where letter in ('{', '[')
  or (
    letter in ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-', 't', 'f', 'n', 'N', 'i', 'I')
    and regexp_full_match(words, 'true|false|-?[0-9][0-9.eE+-]*|-?(nan|NaN|inf|Infinity)')
  )
