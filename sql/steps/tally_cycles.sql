-- What: the cycles that votes are counted in. Grain: one per cycle. Inputs: core.cycle. Parameters: none.
select cycle_id, started_at, ends_at
from core.cycle;
