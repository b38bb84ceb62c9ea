-- The ledger of every call: request → intent → handle → reply, and what was spent.
-- Only tasks/llm writes here; all tables are appended to (erasure nulls `inputs`, `raw` and `value`).

-- one per request key: one distinct call that was decided on (paid, local or offline)
create table llm.request (
  request_key varchar not null,       -- hash(task, prompt version, schema version, model, parameters, redacted input, turn)
  ask_key varchar not null,           -- hash(task, redacted input): ties the hops and repairs of one question together
  task varchar not null,
  subject_id varchar not null,        -- what the caller asked about (text key, cluster id …)
  data_class varchar not null,        -- raw_fa | derived_en
  provider varchar not null,
  model varchar not null,             -- catalogue id; as returned: llm.reply.model
  mode varchar not null,              -- batch | online | local | offline
  turn varchar not null,              -- first | repair | higher_cap
  route_position integer not null,
  route json not null,                -- the whole chain, stamped before the request is stored
  params json not null,
  prompt_version varchar not null,    -- hash of the template, never of the filled prompt
  schema_version varchar not null,
  inputs json,                        -- redacted; local store only; null = erased
  repair_of varchar,                  -- request key this one repairs or widens
  repair_reasons varchar[],
  round integer not null,             -- how often the ask had been re-opened by `cw quarantine retry`
  estimated_input_tokens bigint not null,
  estimated_output_tokens bigint not null,
  estimated_usd double not null,
  worst_usd double not null,          -- what the budget reserves
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per submission about to be made; committed before the POST
create table llm.intent (
  intent_id varchar not null,
  nonce varchar not null,             -- in every custom id
  task varchar not null,
  provider varchar not null,
  model varchar not null,
  mode varchar not null,              -- batch | online | local
  request_count bigint not null,
  body_sha256 varchar,                -- of the canonical body; null for online calls
  body_bytes bigint,
  estimated_usd double not null,
  worst_usd double not null,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per request in an intent
create table llm.intent_member (
  intent_id varchar not null,
  request_key varchar not null,
  custom_id varchar not null,         -- <task>-<nonce>-<first 24 of the request key>
  attempt integer not null            -- 1 = first time this key is sent
);

-- one per batch known to stand for an intent
create table llm.handle (
  intent_id varchar not null,
  batch_id varchar not null,
  how varchar not null,               -- created | adopted | twin
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per event in an intent's life; the latest decides (view llm.intent_state)
create table llm.settlement (
  intent_id varchar not null,
  event varchar not null,             -- doubtful | refused | void | ended | filed | deleted | twin_canceled | twin_filed |
                                      -- released | twin_released (turned out to be another's batch)
  batch_id varchar,
  detail varchar,                     -- never a prompt or an answer
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per answer received for a request and attempt, be it good or bad
create table llm.reply (
  request_key varchar not null,
  attempt integer not null,
  intent_id varchar,                  -- null for offline
  outcome varchar not null,           -- ok | invalid | empty | truncated | refused | too_long | rejected | errored | expired |
                                      -- canceled | paused (money or a limit) | lost | twin (charged, not used)
  detail varchar,                     -- error type or reason; never a prompt or an answer
  provider varchar not null,
  model varchar not null,             -- as returned
  backend varchar,                    -- local server and its version, quantisation if told
  provider_request_id varchar,
  batch_id varchar,
  is_batch boolean not null,
  stop_reason varchar,
  input_tokens bigint not null,       -- not cached
  cached_tokens bigint not null,      -- read from a cache
  cache_write_tokens bigint not null,
  output_tokens bigint not null,
  price_source varchar not null,      -- genai-prices <version> | models.toml | free
  cost_usd double not null,
  latency_ms double,
  is_json_repaired boolean not null,
  raw varchar,                 -- as answered, when it could not be used; local only; null = usable, or erased
  value json,                         -- validated; local only; null = unusable, or erased
  reasons varchar[] not null,         -- why it is not usable
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per usable reply that the caller's own check turned down
create table llm.verdict (
  request_key varchar not null,
  attempt integer not null,
  reasons varchar[] not null,
  run_id varchar not null,
  created_at timestamptz not null
);

-- one per re-opening of a dead ask
create table llm.reopening (
  ask_key varchar not null,
  run_id varchar not null,
  created_at timestamptz not null
);
