"""No real file is a message; none of them may be taken for one."""

import os
from pathlib import Path

import pytest

from transforms.problems import FileRefusedError
from transforms.readers import fhir, genexpert_astm, genexpert_csv, genexpert_hl7, hl7_oru
from transforms.readers.content import open_content

REAL = os.environ.get("MRD_REAL_FILES")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL, reason="MRD_REAL_FILES does not name the folder of the real files"
    ),
]
MESSAGES = (genexpert_hl7, genexpert_astm, genexpert_csv, hl7_oru, fhir)


def test_no_other_file_is_a_message() -> None:
    """Every file of the folder that opens is told apart from all five formats."""
    opened = 0
    for path in sorted(p for p in Path(str(REAL)).rglob("*") if p.is_file()):
        try:
            content = open_content(path.read_bytes())
        except FileRefusedError:
            continue
        opened += 1
        assert [m.READER.name for m in MESSAGES if m.READER.recognise(content)] == [], path.name
    assert opened > 40
