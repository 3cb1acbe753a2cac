"""Page set-up: what a Facebook page needs before people can write to it."""
