"""Pure functions, frames in and frames out. No disk, clock, network, environment or Prefect."""
