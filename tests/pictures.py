"""Small picture files for tests, with or without what cameras and programs add to them."""

import struct
import zlib


def exif(orientation: int, order: str = "<") -> bytes:
    """Return Exif data that says how the picture is to be turned."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    return head + struct.pack(f"{order}IH", 8, 1) + entry + struct.pack(f"{order}I", 0) + b"GPS 39.9N 116.4E"


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 4, height: int = 3, *more: bytes, shade: int = 200) -> bytes:
    """Return a grey PNG; `more` parts stand before its data."""
    rows = (b"\0" + bytes([shade]) * width) * height
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def segment(marker: int, data: bytes) -> bytes:
    """Return a marker of a JPEG file with its segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(
    width: int = 40, height: int = 30, *more: bytes, frame: int = 0xC0, fill: bytes = b"", thumbnail: bytes = b""
) -> bytes:
    """Return the skeleton of a JPEG with two scans; it has all parts, and shows nothing."""
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\0\x34\xff\xd0\x56"
    small = bytes([len(thumbnail) // 3, 1 if thumbnail else 0]) + thumbnail
    start = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01" + small)
    return start + b"".join(more) + fill + segment(frame, size) + scan + scan + b"\xff\xd9"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a WebP file of these chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def webp(width: int = 50, height: int = 60, *more: tuple[bytes, bytes], flags: int = 0x0C) -> bytes:
    """Return the skeleton of an extended WebP."""
    extended = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    lossless = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0"
    return riff((b"VP8X", extended), (b"VP8L", lossless), *more)
