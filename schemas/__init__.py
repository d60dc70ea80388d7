"""The contract of every table: fields, tables, enums, finding codes, pandera models. No logic."""
