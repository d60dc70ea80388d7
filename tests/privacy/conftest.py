"""The key of a site, shared by the tests of pseudonyms."""

from pathlib import Path

import pytest

from flows.key_file import write_key


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the key file of a site."""
    path = tmp_path_factory.mktemp("keys") / "mrd.key"
    write_key(path)
    return path
