-- Submissions: typed rows of what arrived, and what is held. Grain: one row per line.
-- Inputs: temp.lined (line_no, the columns of tasks/intake/rows.COLUMNS, person_key, text_sha256), raw.submission.
-- A submission is the same again when id and text are; another text under a known id is filed.

create or replace temp view typed as
with named as (
  select
    line_no,
    nullif(trim(coalesce(submission_id, id)), '') as submission_id,
    person_key,
    coalesce(raw_text, text) as raw_text,
    text_sha256,
    left(coalesce(declared_language, language), 16) as declared_language,
    left(lower(coalesce(upstream_status, status)), 16) as upstream_status,
    left(locale, 16) as locale,
    created_at as said,
    try_cast(created_at as timestamptz) as created_at,
    lower(hash) as hash
  from lined
),
final as (
  select
    * exclude (said, hash),
    submission_id as given_id,
    submission_id as row_key,
    text_sha256 as content,
    1 as parts,
    coalesce(
      ingest_id_fault(submission_id, 'id'),
      case
        when raw_text is null then 'missing_text'
        when raw_text = '' then 'empty_text'
        when raw_text < '!' and trim(raw_text, e' \t\r\n') = '' then 'empty_text'
        when strlen(raw_text) > getvariable('ingest_max_text_chars')  -- bytes first: counting characters is slow
          and length(raw_text) > getvariable('ingest_max_text_chars') then 'text_too_long'
        when contains(raw_text, chr(0)) then 'nul_byte'
        when hash <> text_sha256 then 'hash_mismatch'
      end,
      ingest_date_fault(said, created_at)
    ) as fault
  from named
)
select * from final;

create or replace temp view held as
select rowid as place, submission_id as row_key, text_sha256 as content
from raw.submission;
