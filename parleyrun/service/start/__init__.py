"""What is made at each start of a service: its runner, and what goes on record of the start."""
