"""The runner: executes worlds. Knows runs, seats, mail and time; knows nothing of channels, pools or stores."""
