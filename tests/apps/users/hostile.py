"""Uploads by which strangers try their luck, made when they are asked for."""

import gzip
import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

Make = Callable[[], bytes]

SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"
ZIP = b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture(
    kind: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture that is one: a gradient, so that turning it would show."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(size: tuple[int, int]) -> Image.Image:
    """What no codec makes small."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(width: int, height: int, *between: bytes, rows: int = 0, depth: int = 1) -> bytes:
    """A PNG by hand, grey; `rows` of zeros, however many the header promises."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    deflate = zlib.compressobj(9)
    row = b"\0" * (1 + (width * depth + 7) // 8) if rows else b""
    data = b"".join(deflate.compress(row) for _ in range(rows)) + deflate.flush()
    parts = [chunk(b"IHDR", header), *between, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size."""
    content = bytearray(picture("JPEG"))
    start = content.index(b"\xff\xc0")
    content[start + 5 : start + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def many_scans() -> bytes:
    """A progressive JPEG that paints its last scan over and over."""
    buffer = BytesIO()
    Image.new("RGB", (3_500, 3_500), "navy").save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 2_000 + content[-2:]


def animated(kind: str, **options: Any) -> bytes:
    """Three frames."""
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "green", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return buffer.getvalue()


def exif(**extra: Any) -> Any:
    """EXIF that tells where the picture was taken, and by whom."""
    tags = Image.Exif()
    tags[0x010F], tags[0x8298] = "SecretCamera", "Secret Owner"
    tags.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    for tag, value in extra.items():
        tags[int(tag[1:], 16)] = value
    return tags


def text_png() -> bytes:
    """A PNG whose text is a script."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    return picture("PNG", pnginfo=info)


def half(kind: str) -> bytes:
    """The first half of a picture."""
    content = picture(kind, (900, 900), quality=90) if kind != "PNG" else _noisy_png()
    return content[: len(content) // 2]


def _noisy_png() -> bytes:
    buffer = BytesIO()
    noise((300, 300)).save(buffer, "PNG")
    return buffer.getvalue()


def _large_png() -> bytes:
    buffer = BytesIO()
    noise((1400, 1400)).save(buffer, "PNG")
    return buffer.getvalue()


def _bad_checksum() -> bytes:
    content = bytearray(picture("PNG"))
    content[29] ^= 0xFF
    return bytes(content)


def _bad_pixels() -> bytes:
    return png(300, 300).replace(zlib.compress(b"", 9), b"not deflated")


def _lying_webp() -> bytes:
    """A WebP that says in its extended header to be as large as one can be."""
    content = picture("WEBP")
    header = struct.pack("<I", 0) + b"\xfe\x3f\x00" * 2
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + header + content[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


BILLION_LAUGHS = b"<!DOCTYPE svg [<!ENTITY a 'ha'>%s]><svg>&i;</svg>" % b"".join(
    b"<!ENTITY %c '%s'>" % (letter, b"&%c;" % (letter - 1) * 10) for letter in b"bcdefghi"
)

REFUSED: dict[str, Make] = {
    "svg": lambda: SVG,
    "svg with a prolog": lambda: b"<?xml version='1.0'?>" + SVG,
    "svg, compressed": lambda: gzip.compress(SVG),
    "svg, a billion laughs": lambda: BILLION_LAUGHS,
    "html": lambda: b"<!doctype html><body>" + SCRIPT,
    "php": lambda: b"<?php system($_GET['c']); ?>",
    "shell": lambda: b"#!/bin/sh\nid\n",
    "javascript": lambda: b"alert(1)",
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(1)>>>>endobj",
    "zip": lambda: ZIP,
    "exe": lambda: b"MZ" + b"\0" * 500,
    "elf": lambda: b"\x7fELF" + b"\0" * 500,
    "class": lambda: b"\xca\xfe\xba\xbe" + b"\0" * 500,
    "mp4": lambda: b"\0\0\0\x18ftypmp42" + b"\0" * 500,
    "heic": lambda: b"\0\0\0\x18ftypheic" + b"\0" * 500,
    "avif": lambda: b"\0\0\0\x18ftypavif" + b"\0" * 500,
    "wave": lambda: b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 500,
    "zero bytes": lambda: b"",
    "one byte": lambda: b"\xff",
    "a megabyte of zeros": lambda: b"\0" * 1_000_000,
    "random bytes": lambda: random.Random(2).randbytes(100_000),
    "only a PNG's signature": lambda: SIGNATURE,
    "only a JPEG's start": lambda: b"\xff\xd8\xff",
    "only a WebP's start": lambda: b"RIFF\x1a\0\0\0WEBPVP8 ",
    "gif": lambda: picture("GIF", mode="P"),
    "gif, animated": lambda: animated("GIF"),
    "gif that is a jar": lambda: picture("GIF", mode="P") + ZIP,
    "gif that is a script": lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=alert(1)",
    "bmp": lambda: picture("BMP"),
    "tiff": lambda: picture("TIFF"),
    "ico": lambda: picture("ICO", (64, 64)),
    "ppm": lambda: picture("PPM"),
    "tga": lambda: picture("TGA"),
    "pcx": lambda: picture("PCX"),
    "jpeg 2000": lambda: picture("JPEG2000"),
    "eps, for Ghostscript": lambda: picture("EPS"),
    "psd": lambda: b"8BPS\0\x01" + b"\0" * 6 + struct.pack(">HIIHH", 3, 100, 100, 8, 3),
    "wmf": lambda: b"\xd7\xcd\xc6\x9a" + b"\0" * 100,
    "png, 10 gigapixels said": lambda: png(100_000, 100_000),
    "png, 2^31 wide": lambda: png(2**31 - 1, 2**31 - 1),
    "png, 900 megapixels there": lambda: png(30_000, 30_000, rows=30_000),
    "png, 25 megapixels there": lambda: png(5_000, 5_000, rows=5_000, depth=8),
    "png, long and thin": lambda: png(100, 100_000, rows=100_000, depth=8),
    "png, no pixels": lambda: png(0, 0),
    "png, text of 200 MB": lambda: png(
        9, 9, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 200_000_000, 9)), rows=9
    ),
    "png, profile of 200 MB": lambda: png(
        9, 9, chunk(b"iCCP", b"p\0\0" + zlib.compress(b"x" * 200_000_000, 9)), rows=9
    ),
    "png, 400,000 parts": lambda: png(9, 9, chunk(b"quIz", b"") * 400_000, rows=9),
    "png, animated": lambda: animated("PNG"),
    "png, wrong checksum": _bad_checksum,
    "png, pixels that are none": _bad_pixels,
    "png, no pixels at all": lambda: SIGNATURE + chunk(b"IHDR", b"\0\0\0\x09" * 2 + b"\1\0\0\0\0"),
    "png, cut": lambda: half("PNG"),
    "png, wrong signature": lambda: b"\x88" + picture("PNG")[1:],
    "png, more than 5 MB": _large_png,
    "jpeg, 4 gigapixels said": lambda: jpeg_of_size(65_535, 65_535),
    "jpeg, 16 megapixels said": lambda: jpeg_of_size(4_000, 4_000),
    "jpeg, no height": lambda: jpeg_of_size(300, 0),
    "jpeg, 25 megapixels there": lambda: picture("JPEG", (5_000, 5_000)),
    "jpeg, 12 megapixels, CMYK": lambda: picture("JPEG", (4_096, 3_072), mode="CMYK"),
    "jpeg, a million parts": lambda: b"\xff\xd8" + b"\xff\xe1\0\x02" * 1_000_000,
    "jpeg, 2,000 scans": many_scans,
    "jpeg, cut": lambda: half("JPEG"),
    "jpeg, padded to more than 5 MB": lambda: picture("JPEG") + b"\0" * 5_000_000,
    "webp, cut": lambda: half("WEBP"),
    "webp, animated": lambda: animated("WEBP"),
    "webp, 268 megapixels said": _lying_webp,
    "webp, 16 megapixels there": lambda: picture("WEBP", (4_000, 4_000), lossless=True),
}
"""What is no picture for us."""

MADE_ANEW: dict[str, Make] = {
    "jpeg with a place": lambda: picture("JPEG", exif=exif()),
    "jpeg with a place, lying on its side": lambda: picture("JPEG", exif=exif(x0112=6)),
    "jpeg with XMP": lambda: picture("JPEG", xmp=b"<x:xmpmeta>" + SCRIPT),
    "jpeg with a profile": lambda: picture("JPEG", icc_profile=b"profile" + SCRIPT),
    "jpeg with a comment": lambda: picture("JPEG", comment=SCRIPT),
    "jpeg that is a zip": lambda: picture("JPEG") + ZIP,
    "jpeg that is a page": lambda: picture("JPEG") + SCRIPT,
    "jpeg, CMYK": lambda: picture("JPEG", mode="CMYK"),
    "jpeg, progressive": lambda: picture("JPEG", progressive=True),
    "jpeg, grey": lambda: picture("JPEG", mode="L"),
    "jpeg, the most that telephones take": lambda: picture("JPEG", (4_096, 3_072), subsampling=0),
    "jpeg, the same, progressive": lambda: picture(
        "JPEG", (4_096, 3_072), subsampling=0, progressive=True
    ),
    "jpeg with more behind it": lambda: animated("MPO"),
    "png with text": text_png,
    "png with a place": lambda: picture("PNG", exif=exif()),
    "png that is a page": lambda: picture("PNG") + SCRIPT,
    "png that is a zip": lambda: picture("PNG") + ZIP,
    "png, one pixel": lambda: picture("PNG", (1, 1)),
    "png, thin": lambda: picture("PNG", (1, 10_000)),
    "png, one bit": lambda: picture("PNG", mode="1"),
    "png, 16 bits": lambda: picture("PNG", mode="I;16"),
    "png, grey with alpha": lambda: picture("PNG", mode="LA"),
    "png, palette with transparency": lambda: picture("PNG", mode="P", transparency=3),
    "png, the most there may be": lambda: picture("PNG", (3_000, 2_000), mode="RGBA"),
    "webp with a place": lambda: picture("WEBP", exif=exif(), xmp=b"<x:xmpmeta>" + SCRIPT),
    "webp, lossless": lambda: picture("WEBP", lossless=True),
    "webp, the most there may be": lambda: picture("WEBP", (2_000, 2_000), mode="RGBA"),
}
"""What is taken, and served as something else."""

NAMES = (
    *(("avatar.svg", "image/svg+xml"), ("avatar.html", "text/html"), ("avatar.php", "image/png")),
    *(("../../../etc/cron.d/x", "image/png"), ("..\\..\\x.png", "image/png"), ("a" * 90, "")),
    *(("x.png;.html", "x/y; z"), ("%00.png", "image/png"), ("аватар.png", "application/zip")),
)
"""Names and types that say nothing about the content."""
