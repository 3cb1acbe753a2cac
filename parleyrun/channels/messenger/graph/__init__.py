"""The Graph API, from our side."""
