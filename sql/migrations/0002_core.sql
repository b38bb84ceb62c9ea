-- What was derived. Appended, never updated; views in sql/views show the latest.

-- one per submission and redactor version
create table core.redaction (
  submission_id varchar not null,
  redactor_version varchar not null,
  redacted_text varchar,              -- null = erased
  text_key varchar not null,          -- sha256 of the normalised redacted text
  representative_key varchar not null,-- text_key of the text whose answer this one shares
  script varchar not null,
  language varchar not null,
  span_kinds varchar[] not null,      -- kinds found, one per span
  mapping json,                       -- placeholder → original; local store only, never copied or published; null = erased
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per redacted text: only texts of one content can be near duplicates, so a night looks at those alone
create table core.wording (
  text_key varchar not null,
  content_key varchar not null,       -- sha256 of the words that carry the meaning (tasks/duplicates.py, gate 1)
  run_id varchar not null
);

-- one per submission part and request
create table core.canonical (
  record_id varchar not null,
  submission_id varchar not null,
  part integer not null,
  request_key varchar not null,
  quote varchar,                      -- words of the redacted source; local only; null = erased
  span_start integer,                 -- offsets in the redacted text, characters; null when not found
  span_end integer,
  title_en varchar not null,
  title_fa varchar not null,
  summary_en varchar not null,
  proposition_en varchar not null,
  proposition_fa varchar not null,
  position varchar not null,
  topic varchar not null,
  places varchar[] not null,
  entities varchar[] not null,
  quantities varchar[] not null,
  flags varchar[] not null,
  lost_facts varchar[] not null,      -- what the code checks found missing or added
  engine varchar not null,            -- offline | anthropic | deepseek | local …
  model varchar not null,             -- as returned
  embed_text varchar not null,        -- title + summary, what is embedded
  text_hash varchar not null,         -- sha256 of embed_text
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per submission without any civic issue
create table core.rejection (
  submission_id varchar not null,
  request_key varchar not null,
  reason varchar not null,
  engine varchar not null,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per text and model
create table core.embedding (
  text_hash varchar not null,
  model varchar not null,
  revision varchar not null,
  backend varchar not null,
  vector float[] not null,            -- L2-normalised
  run_id varchar not null,
  created_at timestamptz not null
);

create table core.cluster_run (
  cluster_run_id varchar not null,
  run_id varchar not null,
  model varchar not null,
  record_count bigint not null,
  is_refit boolean not null,
  params json not null,
  state blob not null,                -- identity.State, serialised and compressed
  created_at timestamptz not null
);

-- one per identity, for ever
create table core.cluster (
  cluster_id varchar not null,
  policy_key varchar not null,        -- permalink slug, never changes, never reused
  born_cluster_run_id varchar not null,
  born_on date not null,
  created_at timestamptz not null
);

-- one per living cluster and cluster run
create table core.cluster_state (
  cluster_run_id varchar not null,
  cluster_id varchar not null,
  theme_id varchar,
  stability double,
  is_provisional boolean not null,
  record_count bigint not null,
  message_count bigint not null,      -- distinct submissions
  wording_count bigint not null,      -- distinct representative texts
  people_count bigint not null,       -- distinct persons
  topic varchar not null,             -- most frequent among members
  medoid_record_ids varchar[] not null
);

-- one per record and cluster run
create table core.membership (
  cluster_run_id varchar not null,
  record_id varchar not null,
  cluster_id varchar,                 -- null = outlier
  probability double not null,
  outlier_reason varchar,
  x double,                           -- 2-D map
  y double
);

-- one per event
create table core.lineage (
  cluster_run_id varchar not null,
  kind varchar not null,              -- born | grown | split | merged | died | moved
  from_cluster_id varchar,
  to_cluster_id varchar,
  share double not null,
  run_on date not null,
  created_at timestamptz not null
);

-- one per writing of a cluster's summary
create table core.summary (
  summary_id varchar not null,
  cluster_id varchar not null,
  cluster_run_id varchar not null,
  member_count bigint not null,
  title_en varchar not null,
  title_fa varchar not null,
  summary_en varchar not null,
  summary_fa varchar not null,
  proposition_en varchar not null,
  proposition_fa varchar not null,
  options json not null,              -- [{position, label_en, label_fa, record_ids}]
  status varchar not null,            -- ok | held_back
  hold_reasons varchar[] not null,
  engine varchar not null,
  model varchar not null,
  request_key varchar not null,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per sentence
create table core.claim (
  summary_id varchar not null,
  ordinal integer not null,
  text_en varchar not null,
  text_fa varchar not null,
  record_ids varchar[] not null,
  is_ok boolean not null,
  score double not null,
  reasons varchar[] not null
);

-- one per record and proposition (summary)
create table core.position (
  record_id varchar not null,
  cluster_id varchar not null,
  proposition_hash varchar not null,
  position varchar not null,          -- support | oppose | mixed | unclear
  engine varchar not null,
  request_key varchar not null,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per run, cycle, target and choice
create table core.tally (
  run_id varchar not null,
  cycle_id varchar not null,
  target_id varchar not null,
  cluster_id varchar,                 -- ours, by the mapping of sql/views/target_cluster.sql; null = none
  choice varchar not null,
  people_count bigint not null,
  share double not null,
  low double not null,
  high double not null,
  turnout_count bigint not null,
  is_winner boolean not null,
  created_at timestamptz not null
);

-- one per run, cycle and target: what the counts of core.tally decide (tasks/votes/outcome.py); written when it changed
create table core.outcome (
  run_id varchar not null,
  cycle_id varchar not null,
  target_id varchar not null,
  cluster_id varchar,                 -- ours on that night; null = none
  winner varchar,                     -- the choice with most people, pass left out; null = a tie or no vote
  runner_up varchar,
  margin double,                      -- share of the first minus share of the second, of the turnout
  margin_low double,                  -- 95 % interval
  margin_high double,
  turnout_count bigint not null,
  is_final boolean not null,          -- the cycle was over
  has_quorum boolean not null,
  is_contested boolean not null,
  group_count bigint not null,        -- opinion groups found in the cycle; 0 = none
  least_group_agreement double,       -- smallest share of agreement among the groups (Laplace)
  group_consensus double,             -- product of the groups' agreement (Polis: group-informed consensus)
  created_at timestamptz not null
);

-- one per run and target of the platform's: what its ballot asks (redacted), and whether that is the statement of the
-- cluster it belongs to tonight (tasks/votes/question.py); written when it changed
create table core.target_question (
  run_id varchar not null,
  target_id varchar not null,
  question_en varchar,                -- null = it has no question of its own
  question_fa varchar,
  is_same boolean not null,           -- its votes and endorsements count for and against the statement
  created_at timestamptz not null
);

-- one per run, cycle, opinion group and target; no person is named
create table core.opinion_group (
  run_id varchar not null,
  cycle_id varchar not null,
  group_no integer not null,          -- 0 = the largest
  target_id varchar not null,
  people_count bigint not null,       -- people of the group
  agree_count bigint not null,
  disagree_count bigint not null,
  pass_count bigint not null,
  silhouette double not null,         -- of the whole grouping, -1…1
  created_at timestamptz not null
);
