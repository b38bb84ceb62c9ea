-- The ledger of every call: request → intent → handle → reply, and what was spent.
-- Only tasks/llm writes here.

-- one per request key and position of its route
create table llm.request (
  request_key varchar not null,       -- hash(task, prompt version, schema version, model, parameters, redacted input)
  task varchar not null,
  subject_id varchar not null,        -- what the caller asked about (text key, cluster id …)
  data_class varchar not null,        -- raw_fa | derived_en
  provider varchar not null,
  model varchar not null,
  mode varchar not null,              -- batch | online | local | offline
  route_position integer not null,
  route json not null,                -- the whole chain, stamped before the request is stored
  params json not null,
  prompt_version varchar not null,    -- hash of the template, never of the filled prompt
  schema_version varchar not null,
  inputs json,                        -- redacted; local store only; null = erased
  repair_of varchar,                  -- request key this one repairs
  estimated_input_tokens bigint not null,
  estimated_output_tokens bigint not null,
  estimated_usd double not null,
  run_id varchar not null,
  created_at timestamptz not null
);
