"""The kinds of question that a form can have, one a file."""
