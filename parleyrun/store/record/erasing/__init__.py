"""People go out of the record, with their words, whichever database it is in."""
