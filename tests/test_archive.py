"""Archives from the network: what is hostile in them does not get out of the folder they are unpacked in."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from porting.errors import CannotRun
from porting.upstream import archive as archives
from porting.upstream import sdist


GOOD = {"top/tests/test_a.py": b"a = 1\n", "top/tests/generation/test_b.py": b"b = 1\n", "top/setup.py": b""}
OUTSIDE = ["../evil.py", "a/../../evil.py", "/evil.py", "..\\evil.py", "C:/evil.py", "C:evil.py"]


def member(name: str, **attributes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def write(path: Path, *others: tarfile.TarInfo, content: bytes = b"evil = 1\n") -> Path:
    """An archive of GOOD and of others; those that are regular files get the content."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in GOOD.items():
            tar.addfile(member(name, size=len(text)), io.BytesIO(text))
        for info in others:
            info.size = len(content) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return path


@pytest.fixture(params=["with the filter", "on a Python without it"])
def a_python(request, monkeypatch):
    if request.param == "on a Python without it":
        monkeypatch.setattr(archives, "_FILTER", {})
    else:
        assert archives._FILTER == {"filter": "data"}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_the_files_of_a_folder(a_python, tmp_path):
    archives.unpack(write(tmp_path / "a.tar.gz"), "tests", tmp_path / "in")
    assert files(tmp_path / "in") == {"test_a.py", "generation/test_b.py"}
    assert (tmp_path / "in" / "test_a.py").read_bytes() == b"a = 1\n"


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_leads_out_is_refused_before_anything_is_written(a_python, tmp_path, name):
    packed = write(tmp_path / "a.tar.gz", member(f"top/tests/{name}"))
    with pytest.raises(CannotRun, match="leads out of where it is unpacked") as caught:
        archives.unpack(packed, "tests", tmp_path / "in")
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == {"a.tar.gz"}


def test_a_way_out_through_a_link_is_none(a_python, tmp_path):
    (tmp_path / "out").mkdir()
    link = member("top/tests/link", type=tarfile.SYMTYPE, linkname=str(tmp_path / "out"))
    hard = member("top/tests/hard", type=tarfile.LNKTYPE, linkname="/etc/hostname")
    fifo = member("top/tests/fifo", type=tarfile.FIFOTYPE)
    archives.unpack(
        write(tmp_path / "a.tar.gz", link, member("top/tests/link/evil.py"), hard, fifo), "tests", tmp_path / "in"
    )
    assert not files(tmp_path / "out")
    assert files(tmp_path / "in") == {"test_a.py", "generation/test_b.py", "link/evil.py"}


def test_rights_in_the_archive_do_not_count(a_python, tmp_path):
    packed = write(tmp_path / "a.tar.gz", member("top/tests/run", mode=0o6777, uid=12345))
    archives.unpack(packed, "tests", tmp_path / "in")
    found = (tmp_path / "in" / "run").stat()
    assert found.st_mode & 0o7000 == 0 and found.st_uid != 12345


@pytest.mark.parametrize("damage", ["cut", "not an archive", "a file for a folder"])
def test_a_damaged_archive_is_one_line(a_python, tmp_path, damage):
    packed = write(tmp_path / "a.tar.gz", member("top/tests/test_a.py/b.py"), content=bytes(range(256)) * 99)
    if damage != "a file for a folder":
        packed.write_bytes(packed.read_bytes()[:200] if damage == "cut" else b"no")
    with pytest.raises(CannotRun, match="a.tar.gz cannot be unpacked"):
        archives.unpack(packed, "tests", tmp_path / "in")


def test_a_hostile_sdist_leaves_nothing_in_the_cache(tmp_path, monkeypatch):
    def download(command, **_):
        scratch = Path(command[command.index("--dest") + 1])
        write(scratch / "transformers-5.23.0.tar.gz", member("top/tests/../../../evil.py"))
        return subprocess.CompletedProcess(command, 0, stdout=b"")

    monkeypatch.setattr(sdist.subprocess, "run", download)
    cache = tmp_path / "cache"
    with pytest.raises(CannotRun, match="leads out"):
        sdist._fetch("5.23.0", cache / "transformers-5.23.0")
    assert not files(tmp_path)
