-- Positions towards the propositions that stand, and who supports a cluster.

-- one per cluster: the last statement that held, which is what people are for or against; a night whose new one is held back asks nobody anew
create or replace view core.standing_summary as
select *
from core.summary
where status = 'ok'
qualify row_number() over (partition by cluster_id order by created_at desc, summary_id) = 1;

-- one per record that was asked about its cluster's standing statement
create or replace view core.current_position as
select p.*, t.summary_id
from core.position as p
join core.standing_summary as t
  on t.cluster_id = p.cluster_id and p.proposition_hash = sha256(t.proposition_en)
qualify row_number() over (
  partition by p.record_id, p.cluster_id order by p.created_at desc, p.request_key
) = 1;

-- one per living cluster: distinct people for and against, over messages, endorsements and votes.
-- A person's latest vote decides (agree, or the option that won: for; disagree: against; pass says nothing). Without
-- a vote, an endorsement or a record that supports the proposition is for, a record that opposes it is against, and
-- someone who did both is undecided. An option that did not win is neither, nor is one that was not on the target's ballot.
-- Nobody counts twice. Votes and endorsements of a question that is not the proposition (core.target_question) say nothing
-- about it, nor do votes of a round that goes on: the running count would be read off the supporters.
create or replace view core.cluster_support as
with said as (
  select
    m.cluster_id,
    r.person,
    bool_or(p.position = 'support') as has_supported,
    bool_or(p.position = 'oppose') as has_opposed
  from core.current_membership as m
  join core.record as r using (record_id)
  left join core.current_position as p on p.record_id = m.record_id and p.cluster_id = m.cluster_id
  where m.cluster_id is not null
  group by m.cluster_id, r.person
),
endorsed as (
  select distinct t.cluster_id, e.person_key as person
  from raw.endorsement as e
  join core.target_cluster as t using (target_id)
  left join core.current_question as q using (target_id)
  where t.cluster_id is not null and coalesce(q.is_same, true)
),
voted as (
  select
    t.cluster_id,
    v.person_key as person,
    arg_max(
      case
        when v.choice = 'agree' then 'for'
        when v.choice = 'disagree' then 'against'
        when v.choice = o.winner and (n.option_id is not null or k.target_id is null) then 'for'
        else 'other'
      end,
      struct_pack(a := v.ends_at, b := v.cast_at, c := v.cycle_id, d := v.target_id)
    ) as side
  from core.final_vote as v
  join core.target_cluster as t using (target_id)
  join core.current_outcome as o on o.cycle_id = v.cycle_id and o.target_id = v.target_id and o.is_final
  left join core.current_question as q on q.target_id = v.target_id
  left join raw.option as n on n.target_id = v.target_id and n.option_id = v.choice
  left join (select distinct target_id from raw.option) as k on k.target_id = v.target_id
  where t.cluster_id is not null
    and v.choice <> 'pass'
    and (coalesce(q.is_same, true) or v.choice not in ('agree', 'disagree'))
  group by t.cluster_id, v.person_key
),
person as (
  select cluster_id, person from said
  union
  select cluster_id, person from endorsed
  union
  select cluster_id, person from voted
),
judged as (
  select
    p.cluster_id,
    p.person,
    coalesce(s.has_supported, false) as has_supported,
    e.person is not null as has_endorsed,
    v.side as vote,
    coalesce(s.has_supported, false) or e.person is not null as is_for_unvoted,
    coalesce(s.has_opposed, false) as is_against_unvoted
  from person as p
  left join said as s using (cluster_id, person)
  left join endorsed as e using (cluster_id, person)
  left join voted as v using (cluster_id, person)
)
select
  c.cluster_id,
  count(*) filter (coalesce(vote = 'for', is_for_unvoted and not is_against_unvoted)) as supporters_count,
  count(*) filter (coalesce(vote = 'against', is_against_unvoted and not is_for_unvoted)) as opponents_count,
  count(j.person) as people_count,
  count(*) filter (has_supported) as by_message_count,
  count(*) filter (has_endorsed) as by_endorsement_count,
  count(*) filter (vote = 'for') as by_vote_count
from core.current_cluster as c
left join judged as j using (cluster_id)
group by c.cluster_id;
