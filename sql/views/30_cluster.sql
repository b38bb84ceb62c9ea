-- The latest clustering: run, memberships, clusters with their state, current summaries.

create or replace view core.latest_cluster_run as
select * exclude (state)
from core.cluster_run
qualify row_number() over (order by created_at desc, cluster_run_id desc) = 1;

create or replace view core.current_membership as
select m.*
from core.membership as m
semi join core.latest_cluster_run as r using (cluster_run_id);

create or replace view core.current_cluster as
select c.policy_key, c.born_on, c.born_cluster_run_id, s.*
from core.cluster_state as s
semi join core.latest_cluster_run as r using (cluster_run_id)
join core.cluster as c using (cluster_id);

create or replace view core.current_summary as
select *
from core.summary
qualify row_number() over (partition by cluster_id order by created_at desc, summary_id) = 1;
