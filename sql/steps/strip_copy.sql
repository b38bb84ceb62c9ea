-- What must not leave the local store: raw text, redaction maps, prompts, replies, person keys.
update copy_db.raw.submission set raw_text = null, person_key = null;
update copy_db.core.redaction set mapping = null, redacted_text = null;
update copy_db.core.canonical set quote = null;
