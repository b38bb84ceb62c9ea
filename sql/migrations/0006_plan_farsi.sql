-- What a reader of Farsi needs beside a plan's text: the sentences that it rests on, in the order of `claims`, and the rule behind it.
-- Null in rows written before; those are sealed without these columns (sql/steps/run_digests.sql).
alter table out.action_plan add column claims_fa varchar[];
alter table out.action_plan add column rationale_fa varchar;
