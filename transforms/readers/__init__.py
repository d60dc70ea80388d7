"""Bytes of one format to text rows."""
