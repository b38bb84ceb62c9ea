"""Whether a sentence says only what its sources say, and what a summary must hold to be published."""
