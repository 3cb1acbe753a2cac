"""What a config says of panels: how visits end, and which panel people come from."""
