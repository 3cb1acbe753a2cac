"""Conversations on hosts: which engine a config asks for, and what an app is on a host."""
