"""Prefect flows, the inbox, the warehouse, settings, the report and the command line."""
