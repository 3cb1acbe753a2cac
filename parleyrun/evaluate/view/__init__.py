"""Logs of evaluations as a page to look at: one file of HTML, which loads nothing from elsewhere."""
