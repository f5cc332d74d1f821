"""`callbox.utils`: the functions of Requests' module of that name that have no other test."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from tests.support.rows import check_rows

from callbox.utils import extract_zipped_paths


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "app.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("certs/ca.pem", "the certificates")
    return path


def test_path_into_an_archive_gives_a_file_with_the_content_of_the_member(archive: Path):
    assert Path(extract_zipped_paths(f"{archive}/certs/ca.pem")).read_text() == "the certificates"


@check_rows("path", ["", "/", "/no/such/file", r"\\localhost\invalid\location", __file__])
def test_path_that_leads_into_no_archive_is_unchanged(path: str):
    assert extract_zipped_paths(path) == path


def test_path_to_a_member_that_the_archive_lacks_is_unchanged(archive: Path):
    assert extract_zipped_paths(f"{archive}/certs/other.pem") == f"{archive}/certs/other.pem"
