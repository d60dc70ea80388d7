"""Exports that are known and not read: each is refused with what to do, and no reader takes it for its own."""

import pytest

from tests.unit.reading import read_text
from tests.unit.sequencing_files import recognised_by
from tests.unit.test_genexpert import dx, export
from transforms.problems import FileRefusedError
from transforms.readers.registry import find_reader

STATS = """
==== PROCESSING SAMPLE somebody ====
Number of total reads: 5000

-- Looking for insertions & ITDs --
0 inserts >= 6 bp were found
0 ITDs were found
0 itds remain after filtering!
"""
COVERAGE = "\tall_reads\tforward_reads\treverse_reads\n-0.5\t0\t0\t0\n0.5\t9100\t9100\t0\n"
KM = (
    "Sample\tRegion\tLocation\tType\tRemoved\tAdded\tAbnormal\tNormal\t{ratio}\tMin_coverage\tExclu_min_cov\tVariant\tTarget\n"
    "x/S1.jf\t\t-\tReference\t0\t0\t0.0\t2379.0\t1.000\t2379\t\t-\tNPM1_4ins\n"
)
BIOMARK = "Chip Run Info,C:\\runs\\ChipRun.bml,11,48.48,,ROX,FAM-MGB\nApplication Version,4.0.1\n\nID,Name,Value\nS1-A1,S1,999\n"
INFINICYT = '<?xml version="1.0"?>\n<report version="1.8" exportID="7"><sheet><table><data><file name="S1"/></data></table></sheet></report>'
FRENCH = (
    export(dx()).decode("utf-16").replace("RESULT TABLE", "TABLEAU DE RÉSULTATS").encode("utf-16")
)

CASES = [
    (STATS, "coverage.txt"),
    (COVERAGE, "marker_count 0"),
    (KM.format(ratio="Ratio"), "no absence"),
    (KM.format(ratio="rVAF"), "no absence"),
    (BIOMARK, "pcr_measurements"),
    (INFINICYT, "flow_measurements"),
    (FRENCH, "English"),
]


@pytest.mark.parametrize(("data", "advice"), CASES)
def test_the_words_say_what_to_do(data: str | bytes, advice: str) -> None:
    """The file is refused, not ignored, and nobody's name is repeated."""
    written = data.encode() if isinstance(data, str) else data
    assert recognised_by(written) == {"known-not-read/1"}
    with pytest.raises(FileRefusedError) as caught:
        read_text(written)
    assert caught.value.code == "FORMAT_NOT_READ"
    assert advice in caught.value.message and "somebody" not in caught.value.message
    assert caught.value.value is None


@pytest.mark.parametrize(
    "text",
    [
        "notes on ITDs were found\n",
        "all_reads\tforward_reads\n1\t2\n",
        "<report><sheet/></report>",
        "Sample\tRegion\n1\t2\n",
        "see GeneXpert Dx System\n",
    ],
)
def test_what_only_looks_alike_stays_unrecognised(text: str) -> None:
    """Words of these programs in another text decide nothing."""
    with pytest.raises(FileRefusedError) as caught:
        find_reader(text.encode())
    assert caught.value.code == "FILE_NOT_RECOGNISED"
