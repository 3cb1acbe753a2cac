"""Prolific: what a study there and the record here say of the same people, who is approved, and who is paid."""
