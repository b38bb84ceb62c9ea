-- Offending: record ids stored twice.
select record_id from core.canonical group by record_id having count(*) > 1
