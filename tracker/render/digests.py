"""Hashes of files: by which a name never stands for two contents, and a process knows what its pages were made from."""

import hashlib
from functools import cache
from pathlib import Path


@cache
def of_files(top: Path, *folders: Path) -> bytes:
    """Return the hash of all files in these folders under `top`, as they were when the process first asked."""
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.suffix != ".pyc"):
        if file.is_file():
            digest.update(f"{file.relative_to(top)}\0".encode() + file.read_bytes())
    return digest.digest()


def hashed_name(file: Path) -> str:
    """Return the name of a file with the beginning of its hash in it."""
    return f"{file.stem}.{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}{file.suffix}"
