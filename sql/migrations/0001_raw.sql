-- What arrived, as it arrived. Grain: one row per source row; nothing here is ever updated but by erasure
-- (`raw_text` becomes null, `text_sha256` stays so that hashes remain verifiable).
create schema raw;
create schema core;
create schema llm;
create schema out;
create schema ops;

-- looking for a pattern in ids and hashes takes a third of an insertion and halves them at most, so they are kept as they are

-- one per submission id: the first text received under that id wins, a different text is filed in ops.rejected
create table raw.submission (
  submission_id varchar not null using compression uncompressed,
  person_key varchar using compression uncompressed,  -- keyed hash of the platform's user id; null when the source had none
  raw_text varchar,                   -- null = erased on request
  text_sha256 varchar not null using compression uncompressed,  -- of the UTF-8 bytes received
  declared_language varchar,          -- the user's locale upstream, not the text's language
  upstream_status varchar,            -- pending | canonicalized | processed | rejected | quarantined | null
  locale varchar,
  created_at timestamptz not null,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

-- one per vote event and target; re-votes are further rows
create table raw.vote (
  vote_id varchar not null,
  person_key varchar not null,
  cycle_id varchar not null,
  target_id varchar not null,         -- the platform's cluster id (or any ballot item); '*' = the whole cycle
  choice varchar not null,            -- agree | disagree | pass | an option id | withdrawn (target '*' only)
  cast_at timestamptz not null,
  shape varchar not null,             -- long | selections | approvals
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

create table raw.endorsement (
  endorsement_id varchar not null,
  person_key varchar not null,
  target_id varchar not null,
  created_at timestamptz not null,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

-- one per cycle and reading; the latest reading counts (view core.cycle)
create table raw.cycle (
  cycle_id varchar not null,
  started_at timestamptz not null,
  ends_at timestamptz not null,
  status varchar,
  target_ids varchar[] not null,
  results json,                       -- as received, in any of the platform's three shapes
  total_voters bigint,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

create table raw.option (
  option_id varchar not null,
  target_id varchar not null,
  position integer not null,
  label_fa varchar,
  label_en varchar,
  description_fa varchar,
  description_en varchar,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

-- the platform's own clusters ("policies"); the latest reading counts
create table raw.cluster (
  target_id varchar not null,
  policy_topic varchar,
  policy_key varchar,
  status varchar,
  summary varchar,
  ballot_question varchar,
  ballot_question_fa varchar,
  candidate_ids varchar[] not null,
  created_at timestamptz,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

create table raw.policy_candidate (
  candidate_id varchar not null,
  submission_id varchar not null,
  title varchar,
  summary varchar,
  stance varchar,
  policy_topic varchar,
  policy_key varchar,
  created_at timestamptz,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);

create table raw.erasure (
  submission_id varchar not null,
  requested_at timestamptz not null,
  reason varchar,
  source_id varchar not null,
  line_no bigint,
  run_id varchar not null,
  ingested_at timestamptz not null
);
