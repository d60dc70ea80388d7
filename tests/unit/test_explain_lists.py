"""A list of a thousand healthy clones does not bury the one that is followed."""

import polars as pl

from transforms.explain_lists import SHOWN, worth_telling


def results(n_new: int) -> pl.DataFrame:
    """Return one followed marker and `n_new` that nobody follows."""
    rows = [("ngs", "FOLLOWED", 1e-5, ["low_confidence"])]
    rows += [("ngs", f"N{i:04d}", i / 1000, ["new_variant"]) for i in range(n_new)]
    rows += [("flow", "LAIP", None, [])]
    return pl.DataFrame(
        rows,
        schema={"assay_id": pl.String, "marker": pl.String, "level_fraction": pl.Float64, "flags": pl.List(pl.String)},
        orient="row",
    )  # fmt: skip


def test_few_are_told_in_full() -> None:
    """A panel with a new variant says all of it."""
    told, lines = worth_telling(results(SHOWN))
    assert (told.height, lines) == (SHOWN + 2, [])


def test_of_many_the_highest_are_told() -> None:
    """What is followed is always there; the rest is a count and a bound."""
    told, lines = worth_telling(results(500))
    assert told["marker"].to_list() == ["LAIP", "FOLLOWED", "N0497", "N0498", "N0499"]
    assert lines == [
        "Assay ngs: 497 more markers that nobody follows, none above 0.496; mrd_status has them all"
    ]
