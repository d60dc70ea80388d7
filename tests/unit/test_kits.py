"""Known kits: a name instead of an `assays` row, and what a kit's results then prove."""

from dataclasses import dataclass
from typing import Any

import pytest

from flows.report import RuleSetLine, render_report
from schemas.tables import TABLES
from tests.support import Tables, default_rules, tables_from_csv
from tests.unit.reading import parse_cells
from transforms.explain import explain_sample
from transforms.identities import merges
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.kits.kit import IDENTITY, LIMITS, Kit, Stated

XPERT, P190, CLONOSEQ = "xpert-bcr-abl-ultra", "xpert-bcr-abl-ultra-p190", "clonoseq"

# --- the catalogue


@pytest.mark.parametrize("kit", KITS.values(), ids=list(KITS))
def test_a_kit_fills_a_row_that_names_it(kit: Kit) -> None:
    """Each kit alone makes a row that no check finds fault with, with the kit's own words and numbers."""
    parsed = parse_cells("assays", [{"assay_id": "a", "kit": kit.id}])
    assert parsed.findings.is_empty()
    (row,) = parsed.good.to_dicts()
    numbers = {c: n.value for c, n in kit.numbers().items()}
    assert {c: row[c] for c in IDENTITY} == {c: getattr(kit, c) for c in IDENTITY}
    assert {c: row[c] for c in LIMITS} == {c: numbers.get(c) for c in LIMITS}


@pytest.mark.parametrize("kit", KITS.values(), ids=list(KITS))
def test_what_is_recalled_says_so(kit: Kit) -> None:
    """Every statement has a source, and `primary` never stands beside a number from memory."""
    for stated in (kit, *kit.numbers().values()):
        assert ("recalled" in stated.source) == (stated.evidence == "provisional"), stated.source
    assert kit.note


def test_what_is_not_on_the_scale_is_never_put_there() -> None:
    """Only p210 is on the International Scale; cells have no control gene."""
    for kit in KITS.values():
        assert (kit.basis == "RNA_RATIO_IS") == (kit.marker == "BCR::ABL1 p210"), kit.id
        assert (kit.control_gene is None) == (kit.modality != "PCR"), kit.id


WRONG_NUMBERS: list[dict[str, Any]] = [
    {"value": 0},
    {"value": float("nan")},
    {"value": float("inf")},
    {"source": " "},
    {"evidence": "certain"},
]


@pytest.mark.parametrize("wrong", WRONG_NUMBERS, ids=str)
def test_a_number_without_source_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"value": 0.001, "source": "insert", "evidence": "primary"}
    Stated(**right)
    with pytest.raises(ValueError, match=r"source|evidence|number"):
        Stated(**right | wrong)


WRONG_KITS: list[dict[str, Any]] = [
    {"id": "Xpert Ultra"},
    {"modality": "qPCR"},
    {"basis": "IS"},
    {"control_gene": "GAPDH"},
    {"source": ""},
    {"evidence": ""},
    {"lod": Stated(0.001, "insert", "primary")},
]


@pytest.mark.parametrize("wrong", WRONG_KITS, ids=str)
def test_a_slip_in_the_catalogue_is_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "id": "a-kit", "title": "A", "maker": "B", "modality": "PCR", "marker": "NPM1",
        "basis": "RNA_RATIO", "source": "insert", "evidence": "primary", "note": "None.",
    }  # fmt: skip
    Kit(**right)
    with pytest.raises((ValueError, TypeError)):
        Kit(**right | wrong)


# --- rows of `assays`


def filled(**cells: str) -> dict[str, Any]:
    """Return the row that a laboratory's cells and the kit make."""
    parsed = parse_cells("assays", [{"assay_id": "a", **cells}])
    assert parsed.findings.is_empty(), parsed.findings["message"].to_list()
    return parsed.good.to_dicts()[0]


def test_a_laboratorys_own_limit_wins() -> None:
    """In either form; the kit's LOQ is never below it."""
    own = filled(kit=XPERT, lod_fraction="0.00005")
    assert (own["lod_fraction"], own["loq_fraction"], own["kit"]) == (0.00005, 0.00005, XPERT)
    own = filled(kit=XPERT, lod_fraction="0.00001")
    assert (own["lod_fraction"], own["loq_fraction"]) == (0.00001, 0.00003)
    own = filled(kit=CLONOSEQ, lod_fraction="0.00001")
    assert (own["lod_fraction"], own["lod_events"], own["loq_events"]) == (0.00001, None, 2.390)
    own = filled(kit=CLONOSEQ, lod_events="3")
    assert (own["lod_events"], own["loq_events"]) == (3, 3)
    own = filled(kit=XPERT, loq_fraction="0.0001", lab_id="L1", target_name="BCR")
    assert (own["loq_fraction"], own["lab_id"], own["target_name"]) == (0.0001, "L1", "BCR")


@pytest.mark.parametrize(
    ("cells", "code", "said"),
    [
        ({"kit": "xpert"}, "UNKNOWN_KIT", f"there is {', '.join(KITS)}"),
        ({"kit": P190, "marker": "BCR::ABL1 p210"}, "ASSAY_CONTRADICTS_KIT", "BCR::ABL1 p190"),
        ({"kit": P190, "basis": "RNA_RATIO_IS"}, "ASSAY_CONTRADICTS_KIT", "RNA_RATIO"),
        ({"kit": CLONOSEQ, "modality": "FLOW"}, "ASSAY_CONTRADICTS_KIT", "NGS"),
        ({"kit": XPERT, "control_gene": "GUSB"}, "ASSAY_CONTRADICTS_KIT", "ABL1"),
        ({"kit": XPERT, "is_reported": "no"}, "ASSAY_CONTRADICTS_KIT", "true"),
        ({"kit": XPERT, "conversion_factor": "0.8"}, "FACTOR_ON_REPORTED_KIT", "twice"),
        ({"kit": XPERT, "loq_fraction": "0.00001"}, "LOQ_BELOW_LOD", "0.00003"),
    ],
)
def test_row_that_cannot_be_meant(cells: dict[str, str], code: str, said: str) -> None:
    """A kit that is not known, or is said to be what it is not, rejects the row with one finding."""
    parsed = parse_cells("assays", [{"assay_id": "a", **cells}])
    assert parsed.good.is_empty()
    (finding,) = parsed.findings.to_dicts()
    assert finding["code"] == code
    assert said.replace("0.00003", "") in finding["message"]


P190_ROW = {"assay_id": XPERT, "modality": "PCR", "marker": "BCR::ABL1 p190", "basis": "RNA_RATIO"}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (P190_ROW, "marker BCR::ABL1 p190 (the kit: BCR::ABL1 p210), basis RNA_RATIO (the kit: RNA_RATIO_IS), is_reported false (the kit: true)"),
        ({"assay_id": XPERT, "kit": P190}, "marker BCR::ABL1 p190 (the kit: BCR::ABL1 p210)"),
        ({"assay_id": CLONOSEQ, "modality": "NGS", "marker": "IG/TR", "basis": "VAF"}, "basis VAF (the kit: GDNA_CELLS)"),
    ],
)  # fmt: skip
def test_row_that_has_the_name_of_another_kit(cells: dict[str, str], said: str) -> None:
    """It counts, and both are named for review."""
    parsed = parse_cells("assays", [cells])
    assert parsed.good.height == 1
    (finding,) = parsed.findings.to_dicts()
    assert (finding["code"], finding["severity"]) == ("ASSAY_NAMED_LIKE_KIT", "REVIEW")
    assert said in finding["message"]


def test_row_that_says_what_the_kit_is() -> None:
    """A laboratory may write out the kit under its name, with limits of its own."""
    row = {
        "assay_id": XPERT,
        "modality": "PCR",
        "marker": "BCR::ABL1 p210",
        "basis": "RNA_RATIO_IS",
        "is_reported": "yes",
    }
    assert parse_cells("assays", [{**row, "lod_fraction": "0.00005"}]).findings.is_empty()


@pytest.mark.parametrize(
    ("header", "line", "table"),
    [
        ("assay_id,kit", f"a,{XPERT}", "assays"),
        ("assay_id;kit;lod_fraction", f"a;{XPERT};0.0001", "assays"),
        ("assay_id,kit,modality,basis", f"a,{XPERT},,", "assays"),
        ("run_id,assay_id,performed_on,kit", "r,a,2024-01-01,box 7", "runs"),
    ],
)
def test_a_file_of_kits_is_told_by_its_header(header: str, line: str, table: str) -> None:
    """`assay_id` and `kit` make an `assays` file of a file that is no other table's."""
    tables = tables_from_csv({"a.csv": f"{header}\n{line}\n"})
    assert tables.inputs[table].height == 1
    assert "MISSING_COLUMN" not in tables.findings["code"].to_list()


# --- what a kit's results prove

REFERENCE = {
    "patients.csv": "patient_id,disease,transcript\nCML,CML,e14a2\nP190,CML,e1a2\nPH,PH_ALL,e1a2\nMM,MM,\n",
    "samples.csv": "sample_id,patient_id,collected_on,tissue\nCML,CML,2024-01-02,PB\nP190,P190,2024-01-02,PB\n"
    "PH,PH,2024-01-02,BM\nMM,MM,2024-01-02,BM\n",
}
PCR = "sample_id,assay_id,reported_call,reported_value,reported_unit"
NGS = "sample_id,assay_id,marker,marker_count,total_count,count_kind,is_tracked"
FLOW = "sample_id,assay_id,mrd_events,denominator_events,denominator"


@dataclass(frozen=True)
class Drawn:
    """A result of a kit, by the kit's name alone, and what it must come to."""

    kit: str
    of: str
    cells: str
    level: float | None
    upper: float | None
    status: str
    depth: str | None
    why: str

    @property
    def header(self) -> str:
        """Columns of its measurement file."""
        return {"PCR": PCR, "NGS": NGS, "FLOW": FLOW}[KITS[self.kit].modality]


DRAWN = [
    Drawn(XPERT, "CML", "NOT_DETECTED,,", None, 3e-5, "NEGATIVE", "MR4.5", "by claim alone, never MR5"),
    Drawn(XPERT, "CML", "BELOW_LOD,<0.0030,PCT_IS", None, 3e-5, "LOW_LEVEL", "MR4.5", "detected, never MR5"),
    Drawn(XPERT, "CML", "DETECTED,0.0008,PCT_IS", None, 3e-5, "LOW_LEVEL", "MR4.5", "a number below the LOD is no MR5"),
    Drawn(XPERT, "CML", "DETECTED,0.0031,PCT_IS", 3.1e-5, 3.1e-5, "LOW_LEVEL", "MR4.5", "0.0031 <= 0.0032 %"),
    Drawn(XPERT, "CML", "DETECTED,0.011,PCT_IS", 1.1e-4, 1.1e-4, "POSITIVE", "MR3", "MR 3.96 is MMR, not MR4"),
    Drawn(XPERT, "CML", "ABOVE_LOQ,>55.00,PCT_IS", None, None, "POSITIVE", None, "above the range is no null"),
    Drawn(XPERT, "CML", "INVALID,,", None, None, "NOT_EVALUABLE", None, "not positive, not negative"),
    Drawn(XPERT, "P190", "NOT_DETECTED,,", None, 3e-5, "NOT_EVALUABLE", None, "it cannot see p190"),
    Drawn("quantidex-qpcr-bcr-abl-is", "CML", "NOT_DETECTED,,", None, 2e-5, "NEGATIVE", "MR4.5", "0.002 % is no MR5"),
    Drawn("qxdx-bcr-abl-is", "CML", "NOT_DETECTED,,", None, 2e-5, "NEGATIVE", "MR4.5", "0.002 % is no MR5"),
    Drawn("mrdx-bcr-abl", "CML", "NOT_DETECTED,,", None, 3.2e-5, "NEGATIVE", "MR4.5", "0.0032 % inclusive"),
    Drawn("ipsogen-bcr-abl1-mbcr-is-mmr", "CML", "NOT_DETECTED,,", None, 6.9e-5, "NEGATIVE", "MR4", "0.0069 % is no MR4.5"),
    Drawn(P190, "PH", "NOT_DETECTED,,", None, 6.5e-5, "NO_CATEGORY", None, "off the scale: no MR, no cells"),
    Drawn(P190, "PH", "DETECTED,0.5,PCT", 5e-3, 5e-3, "NO_CATEGORY", None, "a ratio, not %IS"),
    Drawn(CLONOSEQ, "MM", "IGH,0,2840000,CELLS,true", None, 6.70e-7, "NEGATIVE", "MRD<1e-6", "1.903 cells of 2,840,000"),
    Drawn(CLONOSEQ, "MM", "IGH,7,3076923,CELLS,true", 2.275e-6, 2.275e-6, "LOW_LEVEL", "MRD<1e-5", "above 2.390 cells"),
    Drawn("lymphotrack-mrd", "MM", "IGH,0,900000,READS,true", None, None, "INDETERMINATE", None, "reads prove no cells"),
    Drawn("euroflow-ngf-mm", "MM", "19,10000000,TNC", None, 2e-6, "NEGATIVE", "MRD<1e-5", "19 of 20 events"),
    Drawn("euroflow-ngf-mm", "MM", "500,10000000,TNC", 5e-5, 5e-5, "POSITIVE", "MRD<1e-4", "above 50 events"),
]  # fmt: skip


def results(one: Drawn, **files: str) -> Tables:
    """Load one result of a kit."""
    text = f"{one.header}\n{one.of},{one.kit},{one.cells}\n"
    return tables_from_csv({**REFERENCE, "results.csv": text, **files})


@pytest.mark.parametrize("one", DRAWN, ids=lambda d: f"{d.kit}: {d.cells}: {d.why}")
def test_result_of_a_kit_without_a_row(one: Drawn) -> None:
    """The kit's name in `assay_id` is all that is given: level, bound, status and depth."""
    tables = results(one)
    (result,) = tables.assay_results.to_dicts()
    (status,) = tables.mrd_status.to_dicts()
    assert (status["status"], status["depth"]) == (one.status, one.depth)
    assert result["level_fraction"] == (one.level and pytest.approx(one.level, rel=1e-3))
    assert result["upper_fraction"] == (one.upper and pytest.approx(one.upper, rel=1e-3))


ONE_OF_EACH = list({d.kit: d for d in reversed(DRAWN)}.values())


@pytest.mark.parametrize("one", ONE_OF_EACH, ids=lambda d: f"{d.kit}: {d.cells}")
def test_a_row_that_names_the_kit_says_the_same(one: Drawn) -> None:
    """By name of the assay or by the column `kit`, the results are the same."""
    named = results(one, **{"assays.csv": f"assay_id,kit\n{one.kit},{one.kit}\n"})
    assert named.assay_results.equals(results(one).assay_results)
    assert named.mrd_status.equals(results(one).mrd_status)


def test_the_laboratorys_own_row_takes_the_place_of_the_catalogue() -> None:
    """Whatever it says and whenever it holds, without a word of contradiction."""
    negative = DRAWN[0]
    shallow = results(
        negative, **{"assays.csv": f"assay_id,kit,lod_fraction\n{XPERT},{XPERT},0.0005\n"}
    )
    assert shallow.mrd_status["depth"].to_list() == ["MR3"]
    later = f"assay_id,kit,valid_from\n{XPERT},{XPERT},2025-01-01\n"
    not_yet = results(negative, **{"assays.csv": later})
    assert "assay_row_not_in_force" in not_yet.assay_results["flags"].to_list()[0]
    assert not_yet.mrd_status["depth"].to_list() != ["MR4.5"]
    other = f"assay_id,modality,marker,basis\n{XPERT},FLOW,LAIP,CELLS_TNC\n"
    assert results(negative, **{"assays.csv": other}).assay_results["marker"].to_list() == ["LAIP"]  # fmt: skip


def test_only_kits_that_are_used_are_added() -> None:
    assays = TABLES["assays"].empty()
    assert with_kits(assays, ["qpcr", "flow"]).is_empty()
    added = with_kits(assays, ["qpcr", XPERT])
    assert added.select("assay_id", "kit", "valid_from", "valid_to").rows() == [(XPERT, XPERT, None, None)]  # fmt: skip
    assert with_kits(added, [XPERT]).equals(added)
    assert with_kits(assays.select("assay_id", "target_name"), KITS).columns == ["assay_id", "target_name"]  # fmt: skip


# --- what is said of it


def explained(one: Drawn, **files: str) -> str:
    """Return `mrd explain` of the one sample."""
    tables = results(one, **files)
    derived = {n: getattr(tables, n) for n in ("assay_results", "mrd_status", "sample_remission", "molecular_events")}  # fmt: skip
    inputs = {n: t.filter(sample_id=one.of) if "sample_id" in t.columns else t for n, t in tables.inputs.items()}  # fmt: skip
    merged = merges(inputs["patient_aliases"], inputs["patients"])
    return "\n".join(explain_sample(one.of, {**inputs, **derived}, {}, default_rules(), merged))


def test_explain_names_the_kit_and_the_sources_of_its_numbers() -> None:
    """With the catalogue's row, with the kit named, and where the laboratory's own number decides."""
    negative = DRAWN[0]
    said = explained(negative)
    assert "assay row since ever until further notice — the catalogue of known kits" in said
    assert "kit       Xpert BCR-ABL Ultra, Cepheid: FDA K190076" in said
    assert "lod_fraction 0.00003: reportable range 0.0030 to 55.00 % (IS)" in said
    own = explained(
        negative, **{"assays.csv": f"assay_id,kit,lod_fraction\n{XPERT},{XPERT},0.00005\n"}
    )
    assert "lod_fraction 0.00005: the laboratory's row; the kit's is 0.00003" in own
    assert "the catalogue of known kits" not in own
    recalled = explained(next(d for d in DRAWN if d.kit == CLONOSEQ))
    assert "lod_events 1.903: Ching 2020" in recalled
    assert "[provisional]" in recalled.split("lod_events 1.903")[1].splitlines()[0]


def test_report_says_which_kit_numbers_are_recalled() -> None:
    """Those in use, and no others: a number of the laboratory's own is not recalled."""

    def said(one: Drawn, **files: str) -> str:
        tables = results(one, **files)
        frames = {"assay_results": tables.assay_results, "assays": tables.inputs["assays"]}
        return render_report("L", frames, [rule])

    rule = RuleSetLine("rules", "Rules", "a paper", "primary", "MM", [])
    p190 = next(d for d in DRAWN if d.kit == P190)
    assert "lod fraction 0.000065: recalled, low confidence" in said(p190)
    own = said(p190, **{"assays.csv": f"assay_id,kit,lod_fraction\n{P190},{P190},0.0001\n"})
    assert "lod fraction" not in own
    assert "upper fraction 0.25: recalled" in own
    assert "recalled" not in said(DRAWN[0])
