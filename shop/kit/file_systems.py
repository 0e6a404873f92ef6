"""Which file system a file lies on, as Linux's mount table tells it."""

from __future__ import annotations

import re
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")

#: Shared between machines, whose locks SQLite cannot rely on: its WAL needs memory that every
#: process of one machine shares. Source: https://sqlite.org/wal.html, "Disadvantages".
_NETWORK = re.compile(
    r"""
    nfs\d?                                        # Network File System
    | cifs | smb\d? | smbfs                       # Windows shares
    | 9p | vboxsf | vmhgfs | fuse\.vmhgfs-fuse    # folders of a virtual machine's host
    | afs | ceph | coda | ncpfs | lustre | beegfs | gpfs | gfs2? | ocfs2 | pvfs2 | orangefs | glusterfs
    | fuse\.(sshfs|glusterfs|ceph|s3fs|rclone|davfs2?|gcsfuse|blobfuse2?|goofys|juicefs|mount-s3|moosefs|mfs)
    | davfs2? | (fuse\.)?juicefs
    """,
    re.VERBOSE,
)


def network_file_system(path: Path, table: Path = MOUNT_TABLE) -> str | None:
    """Return the kind of network file system that a path lies on; None: none, or nobody can tell.

    Args:
        path: A file, which need not exist yet.
        table: The mount table.
    """
    try:
        lines = table.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    target = path.resolve()
    deepest, kind = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        if len(before.split()) < 5 or not after:
            continue
        point = Path(_unescaped(before.split()[4]))
        # Of mounts on one point the last one is seen.
        if target.is_relative_to(point) and len(point.parts) >= deepest:
            deepest, kind = len(point.parts), after.split()[0]
    return kind if _NETWORK.fullmatch(kind) else None


def _unescaped(text: str) -> str:
    r"""Return a path of the mount table with its ``\040`` for a space put back."""
    return re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), text)
