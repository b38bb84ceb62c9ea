-- What a cluster's plans may rest on, one per change; the latest counts (view out.current_plan). Of a cluster for which no plan was ever
-- due there is none.
create table out.plan_basis (
  cluster_id varchar not null,
  basis varchar,                      -- first part of the ids of plans that rest on it; null = nothing carries a plan any more
  ground varchar,                     -- the decision in it: supported | cycle, target and choice that won; null as above
  run_id varchar not null,
  created_at timestamptz not null
);
