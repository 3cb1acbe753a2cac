"""Options and answers of the commands about evaluations."""
