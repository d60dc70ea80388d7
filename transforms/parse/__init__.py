"""Text rows to typed rows, with a coded finding for every cell that cannot be read."""
