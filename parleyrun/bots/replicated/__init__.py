"""Models that live elsewhere, several times: their seats, and what these ask."""
