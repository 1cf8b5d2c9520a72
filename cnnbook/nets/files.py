"""Files that are written whole or not at all, by one writer at a time."""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from io import FileIO
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file by way of a temporary one beside it, which takes the name when complete.

    Raises
    ------
    OSError
        If the file cannot be written; what was there is unchanged.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:  # x: a new file, and no link that somebody put there
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        reason = f"{path.name} was not written: {error.strerror}"
        raise OSError(error.errno, reason, str(path.parent)) from error


@contextmanager
def only_one(path: str | os.PathLike[str]) -> Iterator[None]:
    """Be the only one who writes a file, for the length of a block.

    The system takes the lock back when its holder dies. It is on a file beside `path`, NAME.lock,
    which says who has it and is removed when the block ends.

    Parameters
    ----------
    path : path
        In a folder that exists. What killed writers left of it is removed.

    Raises
    ------
    BlockingIOError
        If another process, or another thread of this one, has the lock; the text says who.
    OSError
        If nothing can be written there, or the file system has no locks.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, only_one(f"{folder}/checkpoint.pt"):
    ...     os.listdir(folder)
    ['checkpoint.pt.lock']
    """
    path = Path(path)
    name = path.with_name(f"{path.name}.lock")
    file = _locked(name, path)
    try:
        since = datetime.now().isoformat(" ", "minutes")
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()} since {since}".encode())
        leftover = re.compile(rf"{re.escape(path.name)}\.[0-9a-f]{{8}}\.tmp")
        for entry in path.parent.iterdir():
            if leftover.fullmatch(entry.name):
                entry.unlink(missing_ok=True)
        yield
    finally:
        _give_back(file, name)


def _locked(name: Path, path: Path) -> FileIO:
    """Open the lock file and lock it, or say who has."""
    while True:
        file = FileIO(name, "a+", opener=_without_following_links)
        try:
            _lock(file)
        except OSError as error:
            holder = _holder(file)
            file.close()
            if not isinstance(error, BlockingIOError | PermissionError):
                reason = f"this file system has no locks ({error.strerror}); use another folder"
                raise OSError(error.errno, reason, str(path.parent)) from error
            reason = f"another training writes here: {holder}"
            raise BlockingIOError(errno.EAGAIN, reason, str(path)) from error
        if _is_named(file, name):
            return file
        file.close()  # its former holder removed it after we had opened it: once more


def _holder(file: FileIO) -> str:
    """Return who has the lock; one that has just got it is given a moment to write that down."""
    for _ in range(500):
        file.seek(0)
        holder = file.read(200).decode(errors="replace")
        if holder:
            return holder
        time.sleep(0.01)
    return "another process"


def _is_named(file: FileIO, name: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), os.stat(name, follow_symlinks=False))
    return False


def _without_following_links(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


if sys.platform == "win32":
    # Nobody else may read a locked byte: this one lies far behind the text that says who.
    FAR = 1 << 20

    def _lock(file: FileIO) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _give_back(file: FileIO, name: Path) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
        file.close()
        with suppress(OSError):  # Windows keeps what another one has opened meanwhile
            name.unlink()

else:

    def _lock(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give_back(file: FileIO, name: Path) -> None:
        if _is_named(file, name):  # not if somebody deleted the folder and began anew
            name.unlink()  # while it is ours: later it could be the next holder's
        fcntl.flock(file, fcntl.LOCK_UN)  # a process that was forked meanwhile has it open, too
        file.close()
