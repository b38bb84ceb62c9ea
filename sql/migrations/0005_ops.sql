-- Runs, steps, what was refused, and the evidence chain.

create table ops.run (
  run_id varchar not null,            -- sorts by time
  kind varchar not null,              -- nightly | backfill | collect | maintain
  run_on date not null,               -- the night, Asia/Tehran
  profile varchar not null,
  code_version varchar not null,
  settings json not null,             -- secrets left out
  started_at timestamptz not null
);

-- one per attempt to end a run; the latest counts, none = killed or running
create table ops.run_end (
  run_id varchar not null,
  status varchar not null,            -- done | degraded | failed | budget | refused
  exit_code integer not null,
  error varchar,
  published_path varchar,             -- relative to $CW_HOME
  ended_at timestamptz not null
);

-- one per step and run attempt
create table ops.step (
  run_id varchar not null,
  step varchar not null,
  in_count bigint not null,
  out_count bigint not null,
  rejected_count bigint not null,
  skipped_count bigint not null,
  pending_count bigint not null,
  spent_usd double not null,
  degradations json not null,         -- [{kind, count, of, note}]
  details json not null,
  elapsed_ms bigint not null,
  peak_rss_bytes bigint not null,
  ended_at timestamptz not null
);

-- one per source read: a file by content, a table by watermark
create table ops.source (
  source_id varchar not null,         -- sha256 of the content (file) or of (table, from, to) (database)
  kind varchar not null,              -- file | postgres
  table_name varchar not null,        -- submissions | votes | …
  name varchar not null,              -- file name, or table
  byte_count bigint not null,
  row_count bigint not null,
  accepted_count bigint not null,
  rejected_count bigint not null,
  duplicate_count bigint not null,
  watermark timestamptz,              -- database sources: newest created_at read
  stat_key varchar,                   -- files: what the file system said; the same again need not be hashed again
  run_id varchar not null,
  read_at timestamptz not null
);

-- one per refused row or file
create table ops.rejected (
  source_id varchar not null,
  table_name varchar not null,
  name varchar not null,
  line_no bigint,                     -- null = the whole file
  row_id varchar,                     -- the row's own id when it could be read
  reason varchar not null,            -- a short code
  detail varchar not null,            -- what to do; never a citizen's text
  row_sha256 varchar,
  run_id varchar not null,
  rejected_at timestamptz not null
);

-- dead letters: one per event; the latest per subject counts
create table ops.quarantine (
  submission_id varchar not null,
  step varchar not null,
  event varchar not null,             -- filed | retry | drop
  reason varchar not null,
  request_key varchar,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per erased submission
create table ops.erased (
  submission_id varchar not null,
  text_sha256 varchar not null,
  reason varchar,
  requested_at timestamptz not null,
  erased_at timestamptz not null,
  run_id varchar
);

-- the hash chain; rule in tasks/evidence.py
create table ops.event (
  seq bigint not null,
  at_utc varchar not null,            -- ISO 8601, milliseconds, Z
  event_type varchar not null,
  entity_type varchar not null,
  entity_id varchar not null,
  payload json not null,
  prev_hash varchar not null,
  hash varchar not null
);
