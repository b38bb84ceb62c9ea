-- From the platform's database (PostgreSQL): ballot options. Grain: one row per row there.
-- Read whole each time, since rows change there; readings that say nothing new are dropped here.
select
  id::text as id,
  cluster_id::text as cluster_id,
  position::text as position,
  label::text as label,
  label_en::text as label_en,
  description::text as description,
  description_en::text as description_en
from policy_options
order by policy_options.created_at, policy_options.id
