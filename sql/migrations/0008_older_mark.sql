-- Of a reading of the platform's database: how many rows are older than what the next one takes, and the sum of their ids' hashes
-- (tasks/intake/platform.py). Null for files, and for readings made before: the next one takes the table whole.
alter table ops.source add column older_mark varchar;
