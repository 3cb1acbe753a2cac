"""Engines: where runs are executed, other than on threads of this process."""
