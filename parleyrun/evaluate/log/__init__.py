"""The log of an evaluation: what was asked and answered, a line an example, written as it comes."""
