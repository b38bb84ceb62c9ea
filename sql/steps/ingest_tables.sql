-- Empty places for one source: rows read exactly (all columns of all tables, as text), lines that could not be read,
-- and lines of the fast way that an exact reading replaced. Grain: one row per line each.

create or replace temp table arrived_exact (
  line_no bigint,
  person_key varchar,
  text_sha256 varchar,
  id varchar, submission_id varchar, raw_text varchar, text varchar, declared_language varchar, language varchar,
  upstream_status varchar, status varchar, locale varchar, created_at varchar, hash varchar,
  vote_id varchar, cycle_id varchar, target_id varchar, cluster_id varchar, choice varchar, option_id varchar,
  cast_at varchar, approved_cluster_ids varchar, selections varchar,
  endorsement_id varchar,
  started_at varchar, ends_at varchar, target_ids varchar, cluster_ids varchar, results varchar, total_voters varchar,
  position varchar, label varchar, label_fa varchar, label_en varchar,
  description varchar, description_fa varchar, description_en varchar,
  policy_topic varchar, policy_key varchar, summary varchar, ballot_question varchar, ballot_question_fa varchar,
  candidate_ids varchar,
  candidate_id varchar, title varchar, stance varchar,
  requested_at varchar, reason varchar
);

create or replace temp table unread (line_no bigint, reason varchar, detail varchar, row_sha256 varchar);

create or replace temp table replaced (line_no bigint);

-- these two are filled by the fast way and by what is accepted, with other columns
create or replace temp table arrived (line_no bigint);

create or replace temp table accepted (line_no bigint);

create or replace temp view lined_all as select * from arrived_exact;

create or replace temp view lined as select * from lined_all;
