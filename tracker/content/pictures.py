"""Picture files: what kind, how wide and high, and made again from the parts that pictures consist of.

Nothing is decoded. Where and with what a picture was taken, the words and the programs in it are left out.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tracker.domain.errors import N_, BadContent

MAX_BYTES = 512 * 1024
MAX_SIDE = 4096
"""Pixels; more is no use on any screen, and costs readers on a phone seconds."""

_TURNED = N_("图片要靠附带的信息转正。请在看图软件里转正后另存，再放进来。")
_DAMAGED = N_("图片文件不完整。请重新导出。")
_PNG_PARTS = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"tRNS",
        b"IDAT",
        b"IEND",
        b"sRGB",
        b"gAMA",
        b"cHRM",
        b"iCCP",
        b"cICP",
        b"sBIT",
        b"pHYs",
        b"bKGD",
    }
)
_JPEG_PLAIN = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_WEBP_PARTS = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
_WEBP_MOVES, _WEBP_SAYS_MORE = 0x02, 0x0C  # flags of VP8X: animation; Exif and XMP
_ORIENTATION, _UPRIGHT = 0x0112, 1  # Exif 2.32, 4.6.4 A


@dataclass(frozen=True)
class Picture:
    """A picture as it will be served; the name is made from its bytes."""

    media_type: str
    width: int
    height: int
    content: bytes

    @cached_property
    def name(self) -> str:
        """Return the last part of its address."""
        return f"{hashlib.sha256(self.content).hexdigest()[:32]}.{self.media_type.removeprefix('image/')}"


def read(content: bytes) -> Picture:
    """Return a PNG, JPEG or WebP file as it will be served; raise BadContent with the cure."""
    if len(content) > MAX_BYTES:
        raise BadContent(N_("图片超过512 KB。请缩小尺寸或者压缩后再放。"))
    make = _maker(content)
    if make is None:
        raise BadContent(N_("不是PNG、JPEG或WebP图片。请换一种格式导出；示意图可以导出为PNG。"))
    try:
        picture = make(content)
    except (struct.error, IndexError):
        raise BadContent(_DAMAGED) from None
    if not 0 < min(picture.width, picture.height) <= max(picture.width, picture.height) <= MAX_SIDE:
        raise BadContent(N_("图片的宽和高要在4096像素以内。请缩小后再放。"))
    return picture


def _maker(content: bytes) -> Callable[[bytes], Picture] | None:
    """Return what reads a file, by its first bytes; its name says nothing."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp
    return None


def _png(content: bytes) -> Picture:
    """ISO/IEC 15948, 5: length, name, data, checksum, again and again; one that moves is left its first frame."""
    kept, at, name = [content[:8]], 8, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", content, at)
        part = content[at : at + 12 + length]
        if len(part) != 12 + length:
            raise IndexError
        _refuse_turned(part[8:-4] if name == b"eXIf" else b"")
        kept += [part] if name in _PNG_PARTS else []
        at += 12 + length
    width, height = struct.unpack_from(">II", content, 16)
    return Picture("image/png", width, height, b"".join(kept))


def _jpeg(content: bytes) -> Picture:
    """ITU-T T.81, B.1: markers with their segments, and what is coded after a scan's header."""
    kept, size = [], (0, 0)
    for marker, part in _jpeg_parts(content):
        if marker in _JPEG_FRAMES:
            size = struct.unpack_from(">HH", part, 5)
        if part[4:10] == b"Exif\0\0":
            _refuse_turned(part[10:])
        kept.append(_jpeg_kept(marker, part))
    return Picture("image/jpeg", size[1], size[0], b"".join(kept))


def _jpeg_kept(marker: int, part: bytes) -> bytes:
    """Return what a picture needs of a part; of the parts of programs, those that say how it is to be coloured."""
    if marker < 0xE0 or (marker == 0xE2 and part[4:16] == b"ICC_PROFILE\0"):
        return part
    if marker == 0xE0 and part[4:9] == b"JFIF\0" and len(part) >= 18:
        return b"\xff\xe0\0\x10" + part[4:16] + b"\0\0"  # JFIF 1.02: without the small picture that may stand in it
    if marker == 0xEE and part[4:9] == b"Adobe" and len(part) >= 16:
        return b"\xff\xee\0\x0e" + part[4:16]
    return b""


def _jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker with all that belongs to it, up to the end of the picture."""
    at, marker = 0, 0xD8
    while True:
        start = at
        if marker == 0xD8 or marker in _JPEG_PLAIN:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
        if marker == 0xDA:
            at = _end_of_scan(content, at)
        yield marker, content[start:at]
        while content[at] == 0xFF and content[at + 1] == 0xFF:
            at += 1  # fill bytes
        if content[at] != 0xFF:
            raise IndexError
        marker = content[at + 1]
        if marker == 0xD9:
            yield marker, b"\xff\xd9"
            return


def _end_of_scan(content: bytes, at: int) -> int:
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise IndexError
        if content[at + 1] not in {0x00, *range(0xD0, 0xD8)}:
            return at
        at += 2


def _webp(content: bytes) -> Picture:
    """RFC 9649, 2: chunks of a RIFF file, up to the end that it names; of each kind the first counts."""
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    if len(content) < end:
        raise IndexError
    kept: dict[bytes, bytes] = {}
    content, size, at = content[:end], (0, 0), 12
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        part = content[at : at + 8 + length + length % 2]
        if len(part) < 8 + length:
            raise IndexError
        if name == b"VP8X":
            if part[8] & _WEBP_MOVES:
                raise BadContent(N_("图片会动。请换成不动的图片。"))
            part = part[:8] + bytes([part[8] & ~_WEBP_SAYS_MORE]) + part[9:]
        if name == b"EXIF":
            _refuse_turned(part[8:])
        if name in _WEBP_PARTS and name not in kept:
            kept[name] = part
            size = _webp_size(name, part[8:]) or size
        at += len(part)
    body = b"".join(kept.values())
    return Picture("image/webp", *size, b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body)


def _webp_size(name: bytes, data: bytes) -> tuple[int, int] | None:
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _refuse_turned(exif: bytes) -> None:
    """Refuse a picture that is right only when turned, as its dimensions would be those of another (TIFF 6.0, 2)."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return
    (at,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
        if tag == _ORIENTATION and value != _UPRIGHT:
            raise BadContent(_TURNED)
