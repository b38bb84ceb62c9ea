-- Offending: option ids stored twice.
select option_id from raw.option group by option_id having count(*) > 1
