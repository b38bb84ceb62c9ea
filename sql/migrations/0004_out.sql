-- What is published beside the core tables: plans and messages (docs: DESIGN §8).
create table out.action_plan (
  plan_id varchar not null,
  run_id varchar not null,
  run_on date not null,
  cluster_id varchar not null,
  policy_key varchar not null,
  title_en varchar not null,
  title_fa varchar not null,
  template_id varchar not null,
  template_version integer not null,
  action_type varchar not null,
  target varchar not null,
  subject_en varchar not null,
  subject_fa varchar not null,
  body_en varchar not null,
  body_fa varchar not null,
  rationale_en varchar not null,
  evidence varchar[] not null,        -- submission ids
  claims struct(text_en varchar, record_ids varchar[])[] not null,
  supporters_count bigint not null,
  votes struct(choice varchar, people_count bigint, share double)[] not null,
  margin double,
  turnout bigint,
  safe_for_inside_iran boolean not null,
  requires_real_identity boolean not null,
  required_personalisations varchar[] not null,
  safety_flags varchar[] not null,
  rank integer not null,
  engine varchar not null,
  model varchar not null,
  request_key varchar not null,
  cost_usd double not null,
  created_at timestamptz not null
);

-- one per decision of a person on a plan; the latest counts, none = pending
create table out.plan_review (
  plan_id varchar not null,
  decision varchar not null,          -- approved | rejected
  reviewer varchar not null,
  note varchar,
  decided_at timestamptz not null
);

-- one per message, for ever: message_id is idempotent over re-runs and back-fills
create table out.message (
  message_id varchar not null,
  kind varchar not null,              -- confirmation | rejection | vote_prompt | result | reminder
  person_key varchar,
  submission_id varchar,
  cluster_id varchar,
  cycle_id varchar,
  locale varchar not null,
  text varchar not null,
  template_id varchar not null,
  template_version integer not null,
  engine varchar not null,
  is_fallback boolean not null,
  run_id varchar not null,
  created_at timestamptz not null
);
