-- One per judgement that takes all word lists and stands as long as what was judged, and what it was judged by, are the same:
-- a night that meets it again takes it over (tasks/judgements.py).
create table core.judgement (
  kind varchar not null,              -- question: what a ballot asks | plan: an answer none of whose plans held
  digest varchar not null,            -- SHA-256 of what was judged and of the code, templates, rules and word lists that judged
  subject_id varchar not null,        -- target | cluster
  verdict json not null,              -- question: as in core.target_question | plan: how many plans the answer chose
  run_id varchar not null,
  created_at timestamptz not null
);
