"""How equal two numbers must be: floats that differ less are the same number."""

RTOL = 1e-9
"""Relative tolerance of every comparison with a limit, so that 20 of 2,000,000 reaches 1e-5."""
