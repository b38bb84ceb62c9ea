-- What: one digest of everything a run wrote into each table of facts, for the evidence chain (tasks/seals.py).
-- Grain: one per run and table. Inputs: raw, core and out, but for the vectors, which follow from texts and model, and for
-- out.plan_review, whose every row has its own event; of llm.reply what was paid; of out.message what was sent. Parameters: $run_ids (a JSON list).
-- A digest is the SHA-256 of the sorted SHA-256 of the rows as JSON: the order of rows does not count, their number does.
with runs as (
  select unnest(from_json($run_ids, '["VARCHAR"]')) as run_id
),
clustered as (
  select cluster_run_id, run_id from core.cluster_run semi join runs using (run_id)
),
summarised as (
  select summary_id, run_id from core.summary semi join runs using (run_id)
),
rows as (
  select 'raw.submission' as table_name, t.run_id, to_json(t)::varchar as line from raw.submission as t semi join runs using (run_id)
  union all
  select 'raw.vote' as table_name, t.run_id, to_json(t)::varchar as line from raw.vote as t semi join runs using (run_id)
  union all
  select 'raw.endorsement' as table_name, t.run_id, to_json(t)::varchar as line from raw.endorsement as t semi join runs using (run_id)
  union all
  select 'raw.cycle' as table_name, t.run_id, to_json(t)::varchar as line from raw.cycle as t semi join runs using (run_id)
  union all
  select 'raw.option' as table_name, t.run_id, to_json(t)::varchar as line from raw.option as t semi join runs using (run_id)
  union all
  select 'raw.cluster' as table_name, t.run_id, to_json(t)::varchar as line from raw.cluster as t semi join runs using (run_id)
  union all
  select 'raw.policy_candidate' as table_name, t.run_id, to_json(t)::varchar as line from raw.policy_candidate as t semi join runs using (run_id)
  union all
  select 'raw.erasure' as table_name, t.run_id, to_json(t)::varchar as line from raw.erasure as t semi join runs using (run_id)
  union all
  select 'core.redaction' as table_name, t.run_id, to_json(t)::varchar as line from core.redaction as t semi join runs using (run_id)
  union all
  select 'core.wording' as table_name, t.run_id, to_json(t)::varchar as line from core.wording as t semi join runs using (run_id)
  union all
  select 'core.canonical' as table_name, t.run_id, to_json(t)::varchar as line from core.canonical as t semi join runs using (run_id)
  union all
  select 'core.rejection' as table_name, t.run_id, to_json(t)::varchar as line from core.rejection as t semi join runs using (run_id)
  union all
  select 'core.summary' as table_name, t.run_id, to_json(t)::varchar as line from core.summary as t semi join runs using (run_id)
  union all
  select 'core.position' as table_name, t.run_id, to_json(t)::varchar as line from core.position as t semi join runs using (run_id)
  union all
  select 'core.judgement' as table_name, t.run_id, to_json(t)::varchar as line from core.judgement as t semi join runs using (run_id)
  union all
  select 'core.tally' as table_name, t.run_id, to_json(t)::varchar as line from core.tally as t semi join runs using (run_id)
  union all
  select 'core.outcome' as table_name, t.run_id, to_json(t)::varchar as line from core.outcome as t semi join runs using (run_id)
  union all
  select 'core.target_question' as table_name, t.run_id, to_json(t)::varchar as line from core.target_question as t semi join runs using (run_id)
  union all
  select 'core.opinion_group' as table_name, t.run_id, to_json(t)::varchar as line from core.opinion_group as t semi join runs using (run_id)
  union all
  select 'out.action_plan' as table_name, t.run_id, to_json(t)::varchar as line from out.action_plan as t semi join runs using (run_id)
  where t.rationale_fa is not null or t.claims_fa is not null
  union all
  select 'out.action_plan', t.run_id, to_json(t)::varchar
  from (select * exclude (claims_fa, rationale_fa) from out.action_plan semi join runs using (run_id) where rationale_fa is null and claims_fa is null) as t
  union all
  select 'out.plan_basis' as table_name, t.run_id, to_json(t)::varchar as line from out.plan_basis as t semi join runs using (run_id)
  union all
  select 'out.message', t.run_id, to_json(t)::varchar
  from (select * exclude (summary_id) from out.message semi join runs using (run_id)) as t
  union all
  select 'core.cluster_run', t.run_id, to_json(t)::varchar
  from (select * replace (sha256(state) as state) from core.cluster_run semi join runs using (run_id)) as t
  union all
  select 'core.cluster', c.run_id, to_json(t)::varchar
  from core.cluster as t join clustered as c on c.cluster_run_id = t.born_cluster_run_id
  union all
  select 'core.cluster_state', c.run_id, to_json(t)::varchar from core.cluster_state as t join clustered as c using (cluster_run_id)
  union all
  select 'core.membership', c.run_id, to_json(t)::varchar from core.membership as t join clustered as c using (cluster_run_id)
  union all
  select 'core.lineage', c.run_id, to_json(t)::varchar from core.lineage as t join clustered as c using (cluster_run_id)
  union all
  select 'core.claim', s.run_id, to_json(t)::varchar from core.claim as t join summarised as s using (summary_id)
  union all
  select 'llm.reply', t.run_id, to_json(t)::varchar
  from (select * exclude (value, raw, reasons) from llm.reply semi join runs using (run_id)) as t
),
hashed as (
  select run_id, table_name, sha256(line) as digest from rows
),
final as (
  select run_id, table_name, count(*) as row_count, sha256(string_agg(digest, '' order by digest)) as digest
  from hashed
  group by all
)
select * from final order by run_id, table_name
