"""Flow and sequencing examples: those of the field text, then rules of the design.

The numbers 1 to 32 are those of `lymphoid_myeloma_and_sensitivity.md` section 7, translated into
the words of the design.
"""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Row

F = Fraction

FLOW: Row = {"modality": "FLOW", "marker": "LAIP", "basis": "CELLS_TNC"}
FLOW_LEUKOCYTES = FLOW | {"basis": "CELLS_LEUKOCYTE"}
NGS: Row = {"modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS"}
# The maker's limits in cells rest on several markers of one clone, hence below 2.996.
CLONOSEQ = NGS | {"lod_events": "1.903", "loq_events": "2.390"}

B_ALL: Row = {"disease": "B_ALL"}
MM: Row = {"disease": "MM"}
CLL: Row = {"disease": "CLL"}
BM: Row = {"tissue": "BM"}
PB: Row = {"tissue": "PB"}

TEXT = "lymphoid_myeloma_and_sensitivity.md §7"
DESIGN = "DESIGN.md"


def events(count: int, total: int, **rest: str) -> Row:
    """Write a flow tube."""
    return {"mrd_events": str(count), "denominator_events": str(total)} | rest


def clones(*counts: int, total: int, kind: str = "CELLS", **rest: str) -> tuple[Row, ...]:
    """Write the clonotypes of a sample, in molecules, cells or reads."""
    return tuple(
        {
            "marker": "IG/TR",
            "clone": str(i) if len(counts) > 1 else "",
            "marker_class": "CLONOTYPE",
            "marker_count": str(count),
            "total_count": str(total),
            "count_kind": kind,
            "is_tracked": "true",
        }
        | rest
        for i, count in enumerate(counts, 1)
    )


def example(
    number: str,
    shown: str,
    patient: Row,
    sample: Row,
    assay: Row,
    rows: tuple[Row, ...],
    verdict: tuple[str, str],
    depth: str | None,
    level: Fraction | None = None,
    **rest: Any,
) -> Example:
    """Draw one line; `verdict` is finding and status."""
    finding, status = verdict
    return Example(
        number=number, shown=shown, patient=patient, sample=sample, assays=(assay,), rows=rows,
        finding=finding, status=status, depth=depth, level=level, **rest,
    )  # fmt: skip


def limits(lod: Fraction, loq: Fraction, upper: Fraction, **rest: Any) -> dict[str, Any]:
    """Write the limits of a sample, and what bounds its level from above."""
    return {"lod_fraction": lod, "loq_fraction": loq, "upper_fraction": upper} | rest


SEEN, CLEAR, SILENT = "DETECTED", "NOT_DETECTED", "NOT_EVALUABLE"
M4 = F(1, 4_000_000)

WORKED = (
    example(
        "1", "B-ALL BM flow 0/4,000,000", B_ALL, BM, FLOW, (events(0, 4_000_000),),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", reason="NOT_DETECTED_ADEQUATE",
        checks=limits(20 * M4, 50 * M4, 20 * M4, ci_high_fraction=F("9.22e-7")),
        why="20 events in 4 million are 5e-6: enough for 1e-5, not for 1e-6.", source=TEXT,
    ),
    example(
        "2", "B-ALL BM flow 8/4,000,000", B_ALL, BM, FLOW, (events(8, 4_000_000),),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", reason="NOT_DETECTED_ADEQUATE", flags=("trace_events",),
        checks=limits(20 * M4, 50 * M4, 20 * M4),
        why="Fewer events than a detection needs: a trace, not a positive.", source=TEXT,
    ),
    example(
        "3", "B-ALL BM flow 25/4,000,000", B_ALL, BM, FLOW, (events(25, 4_000_000),),
        (SEEN, "LOW_LEVEL"), "MRD<1e-4", reason="DETECTED_BELOW_THRESHOLD", censor="INTERVAL",
        checks=limits(20 * M4, 50 * M4, 50 * M4, estimate_fraction=25 * M4,
                      ci_low_fraction=F("4.04e-6"), ci_high_fraction=F("9.23e-6")),
        why="Detected with fewer than 50 events: an interval up to the LOQ, no number.",
        source=TEXT,
    ),
    example(
        "4", "B-ALL BM flow 60/4,000,000", B_ALL, BM, FLOW, (events(60, 4_000_000),),
        (SEEN, "LOW_LEVEL"), "MRD<1e-4", 60 * M4, reason="DETECTED_BELOW_THRESHOLD", censor="NONE",
        checks=limits(20 * M4, 50 * M4, 60 * M4,
                      ci_low_fraction=F("1.14e-5"), ci_high_fraction=F("1.93e-5")),
        why="Quantified at 1.5e-5, below 1e-4.", source=TEXT,
    ),
    example(
        "5", "B-ALL BM flow 400/4,000,000", B_ALL, BM, FLOW, (events(400, 4_000_000),),
        (SEEN, "POSITIVE"), "MRD<1e-3", F("1e-4"), reason="DETECTED_AT_OR_ABOVE_THRESHOLD", censor="NONE",
        checks=limits(20 * M4, 50 * M4, F("1e-4"),
                      ci_low_fraction=F("9.04e-5"), ci_high_fraction=F("1.10e-4")),
        why="Exactly 1e-4 is not below 1e-4, so it is MRD failure.", source=TEXT,
    ),
    example(
        "6", "B-ALL BM flow 0/500,000", B_ALL, BM, FLOW, (events(0, 500_000),),
        (CLEAR, "NEGATIVE"), "MRD<1e-4", reason="NOT_DETECTED_ADEQUATE",
        checks=limits(F("4e-5"), F("1e-4"), F("4e-5")),
        why="LOD 4e-5: enough for 1e-4, not for 1e-5.", source=TEXT,
    ),
    example(
        "7a", "MM BM flow 0/2,000,000", MM, BM, FLOW, (events(0, 2_000_000),),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", reason="NOT_DETECTED_ADEQUATE",
        checks=limits(F("1e-5"), F("2.5e-5"), F("1e-5")),
        why="LOD exactly 1e-5: equality is enough.", source=TEXT,
    ),
    example(
        "7b", "MM BM flow 0/1,900,000", MM, BM, FLOW, (events(0, 1_900_000),),
        (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason="LOD_NOT_REACHED",
        checks=limits(F(20, 1_900_000), F(50, 1_900_000), F(20, 1_900_000)),
        why="LOD 1.05e-5 misses 1e-5: not positive, and not negative either.", source=TEXT,
    ),
    example(
        "19a", "MM BM clonoSEQ 0 in 2,840,000, maker's limits", MM, BM, CLONOSEQ,
        clones(0, total=2_840_000), (CLEAR, "NEGATIVE"), "MRD<1e-6",
        checks={"lod_fraction": F("1.903") / 2_840_000},
        why="1.903 cells in 2.84 million are 0.67 per million.", source=TEXT,
    ),
    example(
        "19b", "MM BM NGS 0 in 2,840,000, no maker's limits", MM, BM, NGS,
        clones(0, total=2_840_000), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        checks={"lod_fraction": F("2.995732273553991") / 2_840_000},
        why="By Poisson alone 1.05 per million: 1e-6 is not proved.", source=TEXT,
    ),
    example(
        "20", "MM BM clonoSEQ 1 in 1,523,000", MM, BM, CLONOSEQ, clones(1, total=1_523_000),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", censor="LEFT",
        checks=limits(F("1.903") / 1_523_000, F("2.390") / 1_523_000, F("2.390") / 1_523_000,
                      ci_high_fraction=F("3.66e-6")),
        why="One clonal copy is a detection, also below the LOD, and never a negative.",
        source=TEXT,
    ),
    example(
        "21", "MM BM clonoSEQ 7 in 3,076,923", MM, BM, CLONOSEQ, clones(7, total=3_076_923),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", F(7, 3_076_923), censor="NONE",
        checks={"ci_low_fraction": F("0.915e-6"), "ci_high_fraction": F("4.69e-6")},
        why="2.28 per million: below 1e-5, not below 1e-6.", source=TEXT,
    ),
    example(
        "31", "CLL PB flow 0/500,000", CLL, PB, FLOW_LEUKOCYTES, (events(0, 500_000),),
        (CLEAR, "NEGATIVE"), "uMRD4", reason="NOT_DETECTED_ADEQUATE",
        checks=limits(F("4e-5"), F("1e-4"), F("4e-5")),
        why="LOD 4e-5 proves uMRD4 and leaves uMRD5 open.", source=TEXT,
    ),
    example(
        "32", "CLL NGS 9 in 3,000,000", CLL, PB, CLONOSEQ, clones(9, total=3_000_000),
        (SEEN, "NEGATIVE"), "uMRD5", F("3e-6"), reason="DETECTED_BELOW_THRESHOLD",
        why="Detected, yet below 1e-5: uMRD means a level, not that nothing was seen.",
        source=TEXT,
    ),
)  # fmt: skip

M3 = F(1, 3_000_000)

RULES = (
    example(
        "F1", "MM BM flow 19/2,000,000", MM, BM, FLOW, (events(19, 2_000_000),),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", flags=("trace_events",),
        why="One event short of a detection.", source="§5.1, §5.9",
    ),
    example(
        "F2", "MM BM flow 20/5,000,000", MM, BM, FLOW, (events(20, 5_000_000),),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", censor="INTERVAL",
        checks=limits(F("4e-6"), F("1e-5"), F("1e-5")),
        why="Twenty events are detected; the LOQ is exactly 1e-5, the level below it.",
        source="§5.1, §5.9",
    ),
    example(
        "F3", "MM BM flow 50/5,000,000", MM, BM, FLOW, (events(50, 5_000_000),),
        (SEEN, "POSITIVE"), "MRD<1e-4", F("1e-5"), censor="NONE",
        why="Fifty events are a number: exactly 1e-5, which is not below 1e-5.",
        source="R4",
    ),
    example(
        "F4", "MM BM flow 49/5,000,000", MM, BM, FLOW, (events(49, 5_000_000),),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", censor="INTERVAL",
        why="One event fewer is below an LOQ of 1e-5.", source="§5.9",
    ),
    example(
        "F5", "MM BM flow 25/3,000,000", MM, BM, FLOW, (events(25, 3_000_000),),
        (SEEN, "INDETERMINATE"), "MRD<1e-4", censor="INTERVAL",
        reason="DETECTED_STRADDLES_THRESHOLD", checks=limits(20 * M3, 50 * M3, 50 * M3),
        why="LOQ 1.7e-5, interval 5.4e-6 to 1.2e-5: 1e-5 lies inside.", source="§5.9",
    ),
    example(
        "F6", "MM BM flow 45/3,000,000", MM, BM, FLOW, (events(45, 3_000_000),),
        (SEEN, "POSITIVE"), "MRD<1e-4", censor="INTERVAL",
        why="Below the LOQ, but the interval begins at 1.09e-5.", source="§5.9",
    ),
    example(
        "F7", "MM BM flow 20/3,500,000", MM, BM, FLOW, (events(20, 3_500_000),),
        (SEEN, "LOW_LEVEL"), "MRD<1e-4", censor="INTERVAL",
        why="LOQ 1.4e-5, but the interval ends at 8.8e-6.", source="§5.9",
    ),
    example(
        "F8", "MM PB flow 0/5,000,000", MM, PB, FLOW, (events(0, 5_000_000),),
        (CLEAR, "NO_CATEGORY"), "MRD<1e-5", reason="TISSUE_NOT_IN_RULESET",
        why="The category is one of marrow; blood says nothing of it.", source="§3",
    ),
    example(
        "F9", "MM BM flow 0/0", MM, BM, FLOW, (events(0, 0),),
        (SILENT, "NOT_EVALUABLE"), None, reason="NO_DENOMINATOR",
        why="Nothing was counted.", source=DESIGN,
    ),
    example(
        "F10", "MM BM flow 0/1,000,000 in each of two tubes", MM, BM, FLOW,
        (events(0, 1_000_000, tube="1"), events(0, 1_000_000, tube="2")),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", checks={"denominator": F(2_000_000)},
        why="Events of the tubes are pooled.", source="§5.1",
    ),
    example(
        "F11", "MM BM flow 12 and 10 in 2,500,000 each", MM, BM, FLOW,
        (events(12, 2_500_000, tube="1"), events(10, 2_500_000, tube="2")),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", checks={"numerator": F(22)},
        why="Neither tube has twenty events; together they do.", source="§5.1",
    ),
    example(
        "F12", "MM BM flow 0/5,000,000 of another denominator", MM, BM, FLOW,
        (events(0, 5_000_000, denominator="CD45"),),
        (SILENT, "NOT_EVALUABLE"), None, reason="DENOMINATOR_MISMATCH",
        finding_codes=("DENOMINATOR_MISMATCH",),
        why="CD45 cells are not nucleated cells.", source="§5.1",
    ),
    example(
        "F13", "MM BM flow 0/5,000,000, claimed LOD 2e-5", MM, BM, FLOW | {"lod_fraction": "2e-5"},
        (events(0, 5_000_000),), (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason="LOD_NOT_REACHED",
        checks={"lod_fraction": F("2e-5")},
        why="More events do not make an assay better than it was validated.", source="R3",
    ),
    example(
        "F14", "CLL PB flow 25/500,000", CLL, PB, FLOW_LEUKOCYTES, (events(25, 500_000),),
        (SEEN, "NEGATIVE"), "uMRD4", reason="DETECTED_BELOW_THRESHOLD", censor="INTERVAL",
        why="Detected below an LOQ of exactly 1e-4.", source="§4",
    ),
    example(
        "F15", "CLL PB flow 50/500,000", CLL, PB, FLOW_LEUKOCYTES, (events(50, 500_000),),
        (SEEN, "POSITIVE"), None, F("1e-4"),
        why="Exactly 1e-4 is not uMRD4.", source="R4, §4",
    ),
    example(
        "F16", "CLL PB flow 0/199,999", CLL, PB, FLOW_LEUKOCYTES, (events(0, 199_999),),
        (CLEAR, "INDETERMINATE"), None, reason="LOD_NOT_REACHED",
        why="One leukocyte short of an LOD of 1e-4.", source="§4",
    ),
    example(
        "F17", "CLL PB flow 0/200,000", CLL, PB, FLOW_LEUKOCYTES, (events(0, 200_000),),
        (CLEAR, "NEGATIVE"), "uMRD4", why="LOD exactly 1e-4.", source="§4, R5",
    ),
    example(
        "F18", "CLL BM flow 0/2,000,000", CLL, BM, FLOW_LEUKOCYTES, (events(0, 2_000_000),),
        (CLEAR, "NEGATIVE"), "uMRD5", why="LOD exactly 1e-5; marrow counts as well.", source="§4",
    ),
    example(
        "F19", "MM BM flow 25/2,000,000, thirty events needed", MM, BM, FLOW | {"min_count": "30"},
        (events(25, 2_000_000),), (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason="LOD_NOT_REACHED",
        flags=("trace_events",), checks={"lod_fraction": F("1.5e-5")},
        why="What is not called positive below thirty events is not seen below 30/N.",
        source="§5.1",
    ),
    example(
        "N1", "CLL PB NGS 0 of 1,000,000 reads, no DNA amount", CLL, PB, NGS,
        clones(0, total=1_000_000, kind="READS"), (CLEAR, "INDETERMINATE"), None,
        reason="LOD_UNKNOWN", checks={"lod_fraction": None},
        why="Reads are not molecules: nothing says how many cells were looked at.",
        source="§5.2, R2",
    ),
    example(
        "N2", "CLL PB NGS 0 of 1,000,000 reads, 500 ng", CLL, PB, NGS,
        clones(0, total=1_000_000, kind="READS", input_ng="500"), (CLEAR, "NEGATIVE"), "uMRD4",
        checks={"lod_fraction": F("2.995732273553991") * F("6.5") / 500_000},
        why="500 ng are 76,923 cells, LOD 3.9e-5, however many reads.", source="§7(23)",
    ),
    example(
        "N3", "MM BM NGS 0 in 230,769, claimed LOD 1e-6", MM, BM, NGS | {"lod_fraction": "1e-6"},
        clones(0, total=230_769), (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason="LOD_NOT_REACHED",
        finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={"lod_fraction": F("2.995732273553991") / 230_769},
        why="No claim goes below the Poisson floor of 1.3e-5.", source="R3, §7(15)",
    ),
    example(
        "N4", "MM BM clonoSEQ, two clonotypes, 3 and 40 in 2,000,000", MM, BM, CLONOSEQ,
        clones(3, 40, total=2_000_000), (SEEN, "POSITIVE"), "MRD<1e-4", F("2e-5"),
        why="The highest clonotype is the level; they are never summed.", source="§5.2",
    ),
    example(
        "N5", "MM BM clonoSEQ, two clonotypes, 0 and 40 in 2,000,000", MM, BM, CLONOSEQ,
        clones(0, 40, total=2_000_000), (SEEN, "POSITIVE"), "MRD<1e-4", F("2e-5"),
        why="One clonotype lost, the other present: present.", source="§5.2",
    ),
    example(
        "N6", "MM BM NGS 1 in 5,000,000, two copies needed", MM, BM, NGS | {"min_count": "2"},
        clones(1, total=5_000_000), (CLEAR, "NEGATIVE"), "MRD<1e-6",
        checks={"lod_fraction": F("4.743864518390539") / 5_000_000},
        why="Below the assay's smallest positive count, whose LOD is 4.744 in 5 million.",
        source="§5.2",
    ),
    example(
        "N7", "MM BM NGS 0 in 0", MM, BM, NGS, clones(0, total=0),
        (SILENT, "NOT_EVALUABLE"), None, reason="NO_DENOMINATOR",
        why="Nothing was sequenced.", source=DESIGN,
    ),
    example(
        "N8", "MM BM NGS 1 in 2,000,000, no LOQ known", MM, BM, NGS, clones(1, total=2_000_000),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", censor="LEFT",
        checks={"lod_fraction": F("2.995732273553991") / 2_000_000, "upper_fraction": F("2.785818511507096e-6")},
        why="One copy proves less than none would: where nobody proved an LOQ its interval is the bound.",
        source="§5.6, §5.9",
    ),
    example(
        "N9", "CLL PB NGS 7 of 2,390,000 reads, 500 ng", CLL, PB, NGS,
        clones(7, total=2_390_000, kind="READS", input_ng="500"), (SEEN, "NEGATIVE"), "uMRD4",
        reason="DETECTED_BELOW_THRESHOLD",
        why="3e-6 of the reads, but 76,923 cells cannot show less than 1.3e-5.",
        source="§5.2, §5.9",
    ),
    example(
        "N10", "MM BM NGS 0 of 1,000,000 reads, claimed LOD 1e-6", MM, BM,
        NGS | {"lod_fraction": "1e-6"}, clones(0, total=1_000_000, kind="READS"),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={"lod_fraction": F("2.995732273553991") / 1_000_000},
        why="There were not more cells than reads, so the floor of the reads holds at least.",
        source="R3",
    ),
)  # fmt: skip

EXAMPLES = (*WORKED, *RULES)
