"""Prolific's API on this machine, for rehearsals and tests: studies, submissions, approvals and bonuses."""
