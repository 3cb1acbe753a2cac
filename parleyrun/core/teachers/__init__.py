"""Teachers: agents that ask what a data set asks, and score the answers."""
