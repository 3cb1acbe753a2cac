"""The world library: messages, options, agents and worlds. No input or output, no threads."""
