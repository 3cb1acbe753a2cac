"""What ParlAI's library offers besides worlds, agents and metrics."""
