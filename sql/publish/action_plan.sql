-- Action plans of clusters that may be shown; drafts are marked by review_status, superseded ones by is_current. A plan has its page,
-- plans/<plan_id>.html, when it is current or approved; an earlier draft that newer plans have superseded has its row alone.
-- Grain: one per plan. Inputs: out.action_plan, out.current_review, core.current_cluster, core.erased_ids. Parameters: $min_people.
select
  p.plan_id, p.run_id, p.run_on, p.cluster_id, p.policy_key, p.title_en, p.title_fa, p.template_id,
  p.template_version, p.action_type, p.target, p.subject_en, p.subject_fa, p.body_en, p.body_fa, p.rationale_en,
  p.rationale_fa, list_filter(p.evidence, lambda x: not list_contains(e.submission_ids, x)) as evidence,
  list_transform(p.claims, lambda c, i: {
    'text_en': c.text_en,
    'text_fa': p.claims_fa[i],
    'record_ids': list_filter(c.record_ids, lambda x: not list_contains(e.record_ids, x))
  }) as claims, p.supporters_count, p.votes, p.margin, p.turnout, p.safe_for_inside_iran,
  p.requires_real_identity, p.required_personalisations, p.safety_flags, p.rank, r.review_status, n.plan_id is not null as is_current, p.engine, p.model,
  p.request_key, p.cost_usd, p.created_at
from out.action_plan as p
cross join core.erased_ids as e
join out.current_review as r using (plan_id)
left join out.current_plan as n using (plan_id)
join core.current_cluster as c on c.cluster_id = p.cluster_id and c.people_count >= $min_people
where p.body_en <> ''
order by p.plan_id
