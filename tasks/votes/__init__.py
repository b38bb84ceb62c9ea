"""Which vote counts, what a round decided, groups of opinion, mass posting."""
