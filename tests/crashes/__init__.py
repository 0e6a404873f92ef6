"""Crashes: kill -9, database crashes and torn files, and what must be left afterwards."""
