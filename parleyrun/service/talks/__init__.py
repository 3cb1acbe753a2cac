"""What stands around conversations that go on: instructions, time, and who would like to finish."""
