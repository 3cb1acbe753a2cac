"""What operators read of a study as a whole: figures, tasks, models, trouble, and what runs."""
