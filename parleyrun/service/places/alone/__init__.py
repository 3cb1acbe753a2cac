"""What people go through alone: onboarding, and what is asked after a conversation."""
