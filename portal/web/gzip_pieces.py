"""Pieces of a gzip member that are compressed apart, kept, and joined at little cost (docs/adr/0145).

Each piece is deflated with a window of its own and ends on a byte (``Z_FULL_FLUSH``), so that pieces follow one another
in any order and none refers to another: what stands in one never changes the length of another. RFC 1951, RFC 1952.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

# No name, no time: equal pieces make equal bytes.
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
# An empty last block.
_END = b"\x03\x00"
_RAW_DEFLATE = -zlib.MAX_WBITS
_LONGEST_STORED = 0xFFFF
# Of the checksum: its polynomial as CRC-32 keeps it, the lowest power in the highest bit.
_POLYNOMIAL, _ONE = 0xEDB88320, 1 << 31


class Frame(NamedTuple):
    """Short part, kept plain as well: its checksum is quicker than the product that spares it."""

    coded: bytes
    plain: bytes


class Piece(NamedTuple):
    """Long part, kept compressed only, with what the checksum of the whole needs to know of its plain bytes."""

    coded: bytes
    crc: int
    length: int
    # x^(8 × length) modulo the polynomial: moves a checksum past this piece.
    past: int

    @property
    def plain(self) -> bytes:
        """The bytes before they were compressed."""
        return zlib.decompress(self.coded + _END, _RAW_DEFLATE)


def deflate(plain: bytes, level: int = 9) -> Piece:
    """Return a piece to be kept, compressed as well as it goes unless told otherwise."""
    return Piece(_deflated(plain, level), zlib.crc32(plain), len(plain), _power_past(len(plain)))


def deflate_short(plain: bytes) -> Frame:
    """Return a short piece to be kept."""
    return Frame(_deflated(plain, 9), plain)


def _deflated(plain: bytes, level: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, _RAW_DEFLATE)
    return compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)


def join(pieces: Iterable[Piece | Frame | bytes]) -> bytes:
    """Return one gzip member of kept pieces and of bytes that stand in it as they are, uncompressed."""
    parts, crc, length = [_HEAD], 0, 0
    for piece in pieces:
        if isinstance(piece, bytes):
            parts.append(_stored(piece))
            crc, length = zlib.crc32(piece, crc), length + len(piece)
        elif isinstance(piece, Frame):
            parts.append(piece.coded)
            crc, length = zlib.crc32(piece.plain, crc), length + len(piece.plain)
        else:
            parts.append(piece.coded)
            crc, length = _multiplied(piece.past, crc) ^ piece.crc, length + piece.length
    parts.append(_END + struct.pack("<II", crc, length & 0xFFFFFFFF))
    return b"".join(parts)


def _stored(plain: bytes) -> bytes:
    """Return stored blocks: their length is that of the bytes, whatever they say."""
    blocks = [plain[at : at + _LONGEST_STORED] for at in range(0, len(plain), _LONGEST_STORED)]
    return b"".join([struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block for block in blocks])


def _power_past(length: int) -> int:
    """Return x^(8 × length) modulo the polynomial."""
    power = _ONE
    for bit, square in enumerate(_SQUARES):
        if length >> bit & 1:
            power = _multiplied(square, power)
    return power


def _multiplied(one: int, other: int) -> int:
    """Return the product of two polynomials modulo that of CRC-32, as zlib's ``crc32_combine`` does."""
    product = 0
    while one:
        if one & _ONE:
            product ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ _POLYNOMIAL if other & 1 else other >> 1
    return product


def _squares() -> tuple[int, ...]:
    """Return x^(8 × 2^n) for each bit n of a length."""
    found = [_ONE >> 8]
    while len(found) < 32:
        found.append(_multiplied(found[-1], found[-1]))
    return tuple(found)


_SQUARES = _squares()
