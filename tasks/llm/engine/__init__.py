"""The parts of the offline engine behind tasks/llm/offline.py: reading, judging, parting and wording a message."""
