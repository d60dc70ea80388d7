"""A site with a key, as its user sees it."""

import re
from pathlib import Path

from flows.key_file import read_key
from flows.settings import load_settings
from tests.cli.command import Mrd
from tests.flows.lab import LAB, rows, write
from transforms.pseudonyms import pseudonym


def test_as_a_user_does(tmp_path: Path, mrd: Mrd) -> None:
    """Write a key, name it in the settings, load, and ask by name and by pseudonym."""
    (tmp_path / "keys").mkdir()
    status, out, _ = mrd("init", "--pseudonym-key", tmp_path / "keys" / "mrd.key")
    assert status == 0
    assert "keep a copy" in out
    assert mrd("init", "--pseudonym-key", tmp_path / "keys" / "mrd.key")[0] == 2
    (tmp_path / "mrd.toml").write_text(
        'settle_seconds = 0\npseudonym_key_file = "keys/mrd.key"\n', encoding="utf-8"
    )
    w = tmp_path / "w"
    own = load_settings(w, None)
    assert own.pseudonym_key_file == tmp_path / "keys" / "mrd.key"
    bad = {"pcr-S1-S2.csv": LAB["pcr.csv"].replace("40000", "forty"), **LAB}
    status, out, err = mrd("load", write(tmp_path / "in", bad), "--warehouse", w, "--no-server")
    assert status == 1, err
    assert re.search(r"F[A-Z2-7]{24} line 2, column target_copies: .* \[NOT_A_NUMBER\]", out)
    assert f"{w}/private, for the owner alone" in out
    assert "pcr-S1" not in out
    inside = pseudonym("S2", "sample", read_key(tmp_path / "keys" / "mrd.key", w))
    asked = [mrd("explain", name, "--warehouse", w) for name in ("S2", inside)]
    assert asked[0] == asked[1]
    assert asked[0][0] == 0
    assert inside in asked[0][1]
    assert (
        mrd("explain", "S-none", "--warehouse", w)[2]
        == "mrd: no sample of this name is in the warehouse\n"
    )
    patient = rows(w, "samples").filter(sample_id=inside)["patient_id"][0]
    assert (
        mrd("explain", "--patient", "P1", "--warehouse", w)[1]
        == mrd("explain", "--patient", patient, "--warehouse", w)[1]
    )
    status, out, _ = mrd(
        "rerun", "--warehouse", w, "--patient", "P1", "--ruleset", "CML=esmo-cml-2017"
    )
    assert status == 0
    (tmp_path / "mrd.toml").unlink()
    assert mrd("explain", inside, "--warehouse", w) == asked[0]
    status, _, err = mrd("explain", "S2", "--warehouse", w)
    assert status == 2
    assert "the samples of this warehouse have pseudonyms" in err
    status, _, err = mrd("load", tmp_path / "in", "--warehouse", w, "--no-server")
    assert status == 3
    assert "no key is set; name the key file it was begun with" in err
