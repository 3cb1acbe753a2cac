"""Evaluations over hosts: processes elsewhere, of which one that is lost costs no example."""
