"""What a model finds in its `opt` besides its settings, by name."""

MODEL_NAME = "model_name"
"""Its name under `models:`."""

FOLDER = "folder"
"""Where the paths of its files begin."""

FUNCTIONS = "functions"
"""The functions of the world module that it may call."""

TIMERS = "timers"
"""The clock of the service, and its timers."""
