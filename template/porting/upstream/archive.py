"""Unpack part of a tar archive: regular files only, and none outside the destination, on every Python."""

import tarfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from porting.errors import CannotRun


# Pythons without the filter are those whose bug fix releases were not installed.
_FILTER = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def unpack(archive: Path, folder: str, destination: Path) -> None:
    """Write the files below `<top>/<folder>/` of an archive to `destination`; links and devices are left out.

    Raises CannotRun, before anything is written, if a name would lead out of the destination; also if the archive is
    damaged, and then part of it may have been written.
    """
    try:
        with tarfile.open(archive) as tar:
            members = []
            for member in tar.getmembers():
                _, _, inner = member.name.partition("/")
                if member.isfile() and inner.startswith(f"{folder}/"):
                    member.name = inner.removeprefix(f"{folder}/")
                    members.append(member)
            for member in members:
                if not _stays_inside(member.name):
                    raise CannotRun(
                        f"{archive.name} holds {folder}/{member.name}, which leads out of where it is unpacked; "
                        "nothing was unpacked, look at where the archive comes from"
                    )
            destination.mkdir(parents=True, exist_ok=True)
            for member in members:
                tar.extract(member, destination, set_attrs=False, **_FILTER)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise CannotRun(f"{archive.name} cannot be unpacked ({error}); delete it, and fetch it again") from None


def _stays_inside(name: str) -> bool:
    windows = PureWindowsPath(name)
    outside = windows.drive or windows.root or PurePosixPath(name).is_absolute() or ".." in windows.parts
    return bool(windows.parts) and not outside
