"""Rule sets and scoring standards: data files, and the code that checks them."""
