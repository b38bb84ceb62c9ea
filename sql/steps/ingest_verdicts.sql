-- How many lines of the source are not accepted, by verdict. Grain: one row per verdict. Inputs: temp.judged.
select verdict, count(*) as line_count
from judged
group by verdict
order by line_count desc, verdict
