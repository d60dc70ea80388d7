"""A laboratory's own layout: any table, described by a mapping in TOML, as rows of a canonical table."""
