"""What counts: the input tables with amendments and merged identities applied."""

from collections.abc import Mapping

import polars as pl

from transforms.amend import contradictions, counting_results, with_amendments
from transforms.identities import with_survivors


def counted(
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the input tables as results are computed from them, and findings.

    Args:
        tables: all input tables as they are written; rows of whole patients.

    Returns:
        The tables: measurement rows that count, under the sample they count for; rows of patients under the
        identity that goes on. And findings of the `STORED_FINDING_SCHEMA`.
    """
    amended = with_amendments(tables)
    joined, found = with_survivors(counting_results(amended))
    return joined, pl.concat([found, contradictions(amended)])
