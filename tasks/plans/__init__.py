"""Templates of action plans, filling them, and their printable pages."""
