-- What: asks of a task that were given a repair turn. Grain: one per ask. Inputs: llm.request. Parameters: $task.
select distinct ask_key
from llm.request
where task = $task and turn = 'repair'
