"""ParlAI's names of datatypes, read."""

from __future__ import annotations


class DatatypeHelper:
    """What the name of a datatype says."""

    @staticmethod
    def fold(datatype: str) -> str:
        """Return which part of the data it is: `train`, `valid` or `test`."""
        return datatype.partition(":")[0]

    @staticmethod
    def strip_stream(datatype: str) -> str:
        """Return it without what it says of how the data is read."""
        return datatype.replace(":stream", "")

    @staticmethod
    def should_cycle(datatype: str) -> bool:
        """Whether the data begins again at its end."""
        return DatatypeHelper.is_training(datatype) and "ordered" not in datatype

    @staticmethod
    def should_shuffle(datatype: str) -> bool:
        """Whether the data comes in an order of chance."""
        return DatatypeHelper.should_cycle(datatype) and "stream" not in datatype

    @staticmethod
    def is_training(datatype: str) -> bool:
        """Whether an agent is to learn from it."""
        return "train" in datatype and "evalmode" not in datatype

    @staticmethod
    def is_streaming(datatype: str) -> bool:
        """Whether it is read as it goes."""
        return "stream" in datatype
