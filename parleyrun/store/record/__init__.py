"""The record as tables, whatever database keeps them: what is written and asked, in which order, and by whom."""
