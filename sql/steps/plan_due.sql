-- What: clusters with a publishable summary, what has been decided about them, and who stands behind them.
-- Grain: one per cluster. Inputs: core.current_cluster, core.current_summary, core.cluster_support,
-- core.current_decision, core.current_question, core.current_tally, raw.option, out.action_plan, core.erased_ids. Parameters: $min_people.
with final as (
  select
    c.cluster_id,
    c.policy_key,
    c.topic,
    c.people_count,
    t.summary_id,
    t.title_en,
    t.title_fa,
    t.proposition_en,
    t.proposition_fa,
    t.options,
    s.supporters_count,
    s.opponents_count,
    d.cycle_id,
    d.target_id,
    d.winner,
    d.runner_up,
    d.margin,
    d.margin_low,
    d.margin_high,
    d.turnout_count,
    d.is_contested,
    coalesce(q.is_same, true) as is_about_proposition,
    if(d.winner = 'agree', q.question_en, w.label_en) as winner_en,
    if(d.winner = 'agree', q.question_fa, w.label_fa) as winner_fa,
    l.label_en as runner_up_en,
    l.label_fa as runner_up_fa,
    a.people_count as winner_count,
    a.share as winner_share,
    a.low as winner_low,
    a.high as winner_high,
    coalesce(b.people_count, 0) as runner_up_count,
    (
      select count(*)
      from out.action_plan as p
      where p.cluster_id = c.cluster_id and (p.body_en = '' or list_has_any(p.evidence, e.submission_ids))
    ) as erased_plan_count
  from core.current_cluster as c
  cross join core.erased_ids as e
  join core.current_summary as t on t.cluster_id = c.cluster_id and t.status = 'ok'
  join core.cluster_support as s on s.cluster_id = c.cluster_id
  left join core.current_decision as d on d.cluster_id = c.cluster_id
  left join core.current_question as q on q.target_id = d.target_id
  left join raw.option as w on w.target_id = d.target_id and w.option_id = d.winner  -- an option of another ballot has no words here
  left join raw.option as l on l.target_id = d.target_id and l.option_id = d.runner_up
  left join core.current_tally as a
    on a.cycle_id = d.cycle_id and a.target_id = d.target_id and a.choice = d.winner
  left join core.current_tally as b
    on b.cycle_id = d.cycle_id and b.target_id = d.target_id and b.choice = d.runner_up
  where c.people_count >= $min_people
)
select * from final
order by cluster_id
