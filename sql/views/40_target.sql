-- Ballot targets → our clusters.
-- A target that is one of our cluster ids is that cluster, or, when it has died, the cluster most of it went to
-- (lineage 'merged' or 'split', of its last cluster run, largest share, followed at most eight steps). A platform target is the living
-- cluster that holds most of the submissions its policy candidates point at, if it holds at least half of those
-- that are in any cluster. Grain: one per target seen in votes, endorsements, cycles or the platform's clusters.

-- the platform's clusters as last read: of one night's, which has one clock, the row that was added last (as in core.cycle)
create or replace view core.current_target as
select *
from raw.cluster
qualify row_number() over (partition by target_id order by ingested_at desc, rowid desc) = 1;

create or replace view core.target_cluster as
with recursive target as (
  select target_id from raw.vote where target_id <> '*'
  union
  select target_id from raw.endorsement
  union
  select target_id from raw.cluster
  union
  select unnest(target_ids) from raw.cycle
),
heir as (
  select from_cluster_id, to_cluster_id
  from core.lineage
  where kind in ('merged', 'split') and from_cluster_id <> to_cluster_id
  qualify row_number() over (
    partition by from_cluster_id order by created_at desc, cluster_run_id desc, share desc, to_cluster_id
  ) = 1
),
followed as (
  select c.cluster_id as target_id, c.cluster_id, 0 as step
  from core.cluster as c
  semi join target as t on t.target_id = c.cluster_id
  union all
  select f.target_id, h.to_cluster_id, f.step + 1
  from followed as f
  join heir as h on h.from_cluster_id = f.cluster_id
  anti join core.current_cluster as l on l.cluster_id = f.cluster_id
  where f.step < 8
),
own as (
  select f.target_id, f.cluster_id
  from followed as f
  join core.current_cluster as l using (cluster_id)
  qualify row_number() over (partition by f.target_id order by f.step) = 1
),
held as (
  select t.target_id, m.cluster_id, count(distinct p.submission_id) as submission_count
  from (select target_id, unnest(candidate_ids) as candidate_id from core.current_target) as t
  join raw.policy_candidate as p using (candidate_id)
  join core.record as r on r.submission_id = p.submission_id
  join core.current_membership as m on m.record_id = r.record_id and m.cluster_id is not null
  group by all
),
platform as (
  select target_id, cluster_id
  from held
  qualify row_number() over (partition by target_id order by submission_count desc, cluster_id) = 1
    and submission_count * 2 >= sum(submission_count) over (partition by target_id)
)
select target_id, coalesce(own.cluster_id, platform.cluster_id) as cluster_id
from target
left join own using (target_id)
left join platform using (target_id);
