"""Models of providers whose protocols differ, asked through the library litellm."""
