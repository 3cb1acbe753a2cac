"""The report of a study: one file of HTML with plots and transcripts, which loads nothing from elsewhere."""
