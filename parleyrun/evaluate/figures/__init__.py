"""What figures are worth: their errors and intervals, and how those of two evaluations differ."""
