-- Births, growth, splits, merges and deaths of all nights. Grain: one per event. Inputs: core.lineage.
select run_on, cluster_run_id, kind, from_cluster_id, to_cluster_id, share
from core.lineage
order by run_on, cluster_run_id, kind, from_cluster_id, to_cluster_id
