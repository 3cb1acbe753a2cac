"""Addresses from people: what marks them, wherever a world carries them."""

from __future__ import annotations


class PersonAddress(str):
    """An address on the web that a person gave.

    It is a string like any other, and stays one of these in copies, in nested dicts and on record. Nobody's page
    loads by itself what is there: a partner is shown a link.
    """

    __slots__ = ()
