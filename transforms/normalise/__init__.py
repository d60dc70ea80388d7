"""Measurements to results: what was found, how much, how deep the sample could have seen."""
