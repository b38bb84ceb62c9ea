-- The rules that every table shares, as macros of this session. Inputs: variables ingest_now, ingest_latest (timestamptz) and
-- ingest_max_text_chars (bigint). A fault is a short code of ops.rejected.reason, null = sound.

-- how exports spell a value that is not there (tasks/intake/rows.py has the same words); in bytes, for letters that only lower() takes
-- for those of ASCII
create or replace temp macro ingest_is_nothing(said) as
  strlen(said) < 10 and lower(said) in ('null', 'none', 'nan', 'undefined');

-- a user id without the blanks and marks around it, a UUID in its usual spelling, a whole number without the `.0` that a column with
-- gaps gives it in many exports: one person, one key (tasks/intake/person.py has
-- the same rule); the first branch is what a platform sends, and a tenth of the others' cost
create or replace temp macro ingest_bare(said) as if(
  regexp_full_match(said, '[!-~]+'),
  said,
  trim(said, chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160) || chr(65279) || chr(8288)
    || chr(8203) || chr(8204) || chr(8205) || chr(8206) || chr(8207) || chr(8234) || chr(8235) || chr(8236) || chr(8237)
    || chr(8238) || chr(8294) || chr(8295) || chr(8296) || chr(8297))
);

create or replace temp macro ingest_person(said) as case
  when strlen(said) = 36 and regexp_full_match(said, '[0-9a-f-]*') then said
  when ingest_bare(said) <> '' and not ingest_is_nothing(ingest_bare(said))
    then coalesce(try_cast(ingest_bare(said) as uuid)::varchar, regexp_replace(ingest_bare(said), '^([0-9]+)\.0+$', '\1'))
end;

-- ids go into published files: nothing that could be an e-mail address, a handle or a sentence
create or replace temp macro ingest_is_id(id) as
  regexp_full_match(id, '[A-Za-z0-9][A-Za-z0-9._:-]{0,127}') and not ingest_is_nothing(id);

create or replace temp macro ingest_id_fault(id, name) as case
  when id is null then 'missing_' || name
  when not ingest_is_id(id) then 'bad_' || name
end;

-- the first 16 characters, Persian and Arabic digits as ASCII
create or replace temp macro ingest_digits(said) as
  translate(left(trim(said), 16), '۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩', '01234567890123456789');

-- a Jalali date is filed, never converted: 1405-08-12 could as well be a slip; `at` is the same value, cast
create or replace temp macro ingest_date_fault(said, instant) as case
  -- almost every row ends here, and a branch that no row reaches costs nothing
  when instant between timestamptz '2000-01-01 00:00:00+00' and getvariable('ingest_latest') then null
  when said is null then 'missing_date'
  when instant is null and regexp_matches(ingest_digits(said), '^1[345][0-9]{2}[-/.]') then 'jalali_date'
  when instant is null then 'bad_date'
  when instant between timestamptz '1300-01-01 00:00:00+00' and timestamptz '1600-01-01 00:00:00+00' then 'jalali_date'
  when instant < timestamptz '2000-01-01 00:00:00+00' then 'date_out_of_range'
  when instant > getvariable('ingest_latest') then 'future_date'
end;

-- a list that came as JSON, as PostgreSQL's {a,b}, or not at all
create or replace temp macro ingest_list(said) as case
  when said is null or said in ('', 'null', '{}', '[]') then []::varchar[]
  when said like '{%}' then list_transform(string_split(said[2:-2], ','), lambda x: trim(x, ' "'))
  else try(from_json(said, '["VARCHAR"]'))
end;

-- what whoever sends the rows should do
create or replace temp macro ingest_advice(reason) as case
  when reason = 'jalali_date' then 'write dates as ISO 8601 of the Gregorian calendar, with a zone'
  when reason in ('bad_date', 'missing_date') then 'write dates as ISO 8601, with a zone'
  when reason = 'future_date' then 'the date is after this run: look at the sender''s clock'
  when reason = 'date_out_of_range' then 'the date is before 2000: look at the sender''s clock'
  when reason = 'text_too_long' then 'longer than CW_MAX_TEXT_CHARS: shorten or split it'
  when reason = 'hash_mismatch' then 'the text is not the one its hash was made of: send it again'
  when reason = 'conflicting_text' then 'another text was received first under this id: that one is kept'
  when reason = 'conflicting_row' then 'another row was received first under this id: that one is kept'
  when reason = 'bad_id' then 'ids are 1 to 128 of A-Z a-z 0-9 . _ : -, and not null, none, nan or undefined'
  when reason = 'empty_ballot' then 'selections are empty, approvals are not'
  when reason = 'bad_choice' then 'a choice is agree, disagree, pass or an option id'
  when reason = 'double_choice' then 'one choice per target and ballot'
  when reason like 'missing_%' then 'send the row again, with this value'
  else 'mend the row at its source and send it again'
end;
