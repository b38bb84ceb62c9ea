-- What columns mean by now, where the comments of older migrations have aged; docs/data-dictionary.md and `duckdb_columns()` tell these.
comment on column ops.run.kind is 'nightly (a collecting run too) | backfill';
comment on column ops.run_end.status is 'done | degraded | budget | failed | killed (found dead by a later run)';
comment on column ops.source.source_id is
  'sha256 of the content (file; `:n` behind it when a table that is read again held it n times before) or of (table, from, to) (database)';
comment on column core.tally.cluster_id is 'ours, by the view core.target_cluster (sql/views/40_target.sql); null = none';
comment on column llm.settlement.event is
  'doubtful | refused | void | ended | filed | found | given_up | deleted | twin_canceled | twin_filed | released | twin_released (turned out to be another''s batch)';
comment on column ops.source.table_name is 'submission | vote | …: a table of schema raw';
