"""Chat completions: models behind an HTTP server that speaks `/v1/chat/completions`."""
