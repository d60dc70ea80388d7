"""Flat strategies of lists of sequences beside a patient's list of tracked markers.

Markers, genes and kinds are few, so that lists meet what is tracked in every way that `docs/sensitivity.md`
tells apart: clones of the tracked ones' kind, the same in other spellings, and of other lengths.
"""

from typing import Any

from hypothesis import strategies as st

from tests.generative.cases import COLLECTED_ON, Case

pick = st.sampled_from

CLONES = (
    ("TGTA", "IGHV3-23"), ("TGTC", "IGHV1-2"), ("TGTG", "IGHD3-9 IGHJ4"), ("TGTT", "IGKV1-5"),
    ("TCTA", "TRGV9"), ("TCTC", "TCRBV05-01"), ("TCTG", ""), ("TCTT", "KDE"),
)  # fmt: skip
OTHER_SPELLINGS = (
    ("tgta", "IGHV3-23"), ("TACA", "IGHV3-23"), ("CTGTAG", "IGHV4-34"), ("CCTACAG", ""), ("TGNA", "IGHV3-23"),
    ("TGT", "IGKV1-5"),
)  # fmt: skip
OTHER_LENGTHS = (("CAGCAGCAGC", "IGHV3-7"), ("CAGCAGCCGC", "IGHV3-9"), ("CAGCAGCAAC", "TRGV2"))
VARIANTS = (("1-10-A-C", "IDH2"), ("2-20-G-T", "DNMT3A"), ("3-30-C-CT", ""))
COUNTS = (0, 1, 3, 40, 2_000, 150_000, 900_000)


@st.composite
def lists(draw: Any) -> Case:
    """Draw one list, or two runs of it, of one sample, and what the assay found in another sample."""
    is_vaf = draw(pick((False, False, False, True)))
    pool = VARIANTS if is_vaf else CLONES
    kind = draw(pick(("CELLS", "CELLS", "MOLECULES", "READS")))
    shared = {
        "count_kind": kind,
        "input_ng": draw(pick(("", "", "", "1948", "20000"))),
        "is_tracked": draw(pick(("false", "false", "false", "true", ""))),
    }
    runs = draw(pick((("",), ("",), ("R1", "R2"))))
    rows = [row for run in runs for row in _list(draw, pool, is_vaf, shared | {"run_id": run})]
    tracked = []
    for marker, gene in draw(st.lists(pick((*pool, *CLONES, *VARIANTS)), max_size=4, unique=True)):
        is_clone = (marker, gene) in CLONES
        classes = ("CLONOTYPE",) * 3 + ("",) if is_clone else ("SNV", "INDEL", "")
        withdrawn = "false" if draw(st.integers(0, 9)) == 9 else ""
        # one patient of all cases, so each of its rows is the same wherever it is drawn
        other = {"patient_id": "P-other", "gene": gene, "marker_class": "", "is_tracked": ""}
        more = other if draw(st.integers(0, 9)) == 9 else {}
        tracked.append(
            {"marker": marker, "gene": draw(pick((gene, ""))), "marker_class": draw(pick(classes)),
             "is_tracked": withdrawn} | more
        )  # fmt: skip
    found = _list(draw, pool, is_vaf, shared | {"run_id": ""}) if draw(st.booleans()) else []
    return {
        "patient": {"disease": "AML" if is_vaf else "MM"},
        "sample": {"collected_on": COLLECTED_ON, "tissue": "BM"},
        "samples": [{"collected_on": "2023-01-01", "tissue": "BM"}],
        "assay": {
            "modality": "NGS",
            "marker": "PANEL" if is_vaf else "IG/TR",
            "basis": "VAF" if is_vaf else "GDNA_CELLS",
            "min_count": "1" if is_vaf else draw(pick(("", "3"))),
            "lod_fraction": draw(pick(("", "", "0.000001"))),
        },
        "rows": rows,
        "elsewhere": found,
        "tracked": tracked,
    }


def _list(
    draw: Any, pool: tuple[tuple[str, str], ...], is_vaf: bool, shared: dict[str, str]
) -> list[dict[str, str]]:
    chosen = draw(st.lists(pick(pool), min_size=1, max_size=6, unique=True))
    if not is_vaf and draw(st.integers(0, 4)) == 4:
        chosen.append(draw(pick(OTHER_SPELLINGS)))
    if not is_vaf and draw(st.integers(0, 4)) == 4:
        chosen = [*draw(pick((chosen, []))), *OTHER_LENGTHS]
    counts = [draw(pick(COUNTS)) for _ in chosen]
    total = max(sum(counts), 1) + draw(pick((0, 0, 0, 0, 1, 100_000)))
    complete = draw(pick(("true", "true", "true", "")))
    rows = [
        shared
        | {
            "marker": marker,
            "gene": gene,
            "marker_class": "SNV" if is_vaf else "CLONOTYPE",
            "marker_count": str(count),
            "total_count": str(total),
            "is_complete_list": complete,
        }
        for (marker, gene), count in zip(chosen, counts, strict=True)
    ]
    if len(rows) > 1 and draw(st.integers(0, 9)) == 9:
        rows[0] |= draw(pick(({"is_complete_list": ""}, {"marker_class": ""})))
    return rows
