"""What ParlAI's chat services offer to worlds."""
