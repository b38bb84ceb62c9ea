-- What: how a cluster's messages came about: wordings, accounts, bursts. Nothing is dropped by it.
-- Grain: one per living cluster. Inputs: core.current_membership, core.record, core.current_cluster.
-- Parameters: $burst_minutes.
with message as (
  select distinct m.cluster_id, r.submission_id, r.person, r.representative_key, r.said_at
  from core.current_membership as m
  join core.record as r using (record_id)
  where m.cluster_id is not null
),
wording as (
  select cluster_id, representative_key, count(distinct person) as account_count
  from message
  group by all
),
account as (
  select cluster_id, person, count(*) as message_count
  from message
  group by all
),
near as (
  select
    cluster_id,
    said_at,
    count(*) over (
      partition by cluster_id order by said_at range between to_minutes($burst_minutes) preceding and current row
    ) as burst_count
  from message
),
final as (
  select
    c.cluster_id,
    c.policy_key,
    c.message_count,
    c.wording_count,
    c.people_count,
    (select max(w.account_count) from wording as w where w.cluster_id = c.cluster_id) as same_text_accounts,
    (select max(a.message_count) from account as a where a.cluster_id = c.cluster_id) as busiest_account_messages,
    (select max(n.burst_count) from near as n where n.cluster_id = c.cluster_id) as burst_count,
    (select arg_max(n.said_at, struct_pack(n := n.burst_count, at := n.said_at)) from near as n where n.cluster_id = c.cluster_id) as burst_at
  from core.current_cluster as c
)
select * from final
order by cluster_id
