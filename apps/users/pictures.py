"""Pictures that strangers send: decoded, and made anew with nothing of the file but its pixels.

What a decoder may have to do is bounded before it begins: the pixels, by the size in the header;
the parts of a file, each of which costs a turn of a loop; the scans of a JPEG, each of which goes
over the whole picture.
"""

from io import BytesIO

from PIL import Image, ImageOps

from apps.users.errors import NotAPicture

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 5_000_000
MAX_PIXELS = {"JPEG": 12_600_000, "MPO": 12_600_000, "PNG": 6_000_000, "WEBP": 4_000_000}
"""What telephones take (some as MPO, a JPEG with more behind it) is decoded to a fraction only."""

MAX_READS = 20_000
MAX_SCANS = 64
SCAN = b"\xff\xda"

Image.MAX_IMAGE_PIXELS = max(MAX_PIXELS.values())  # of twice as many the header is not read on


class _Parts(BytesIO):
    """A file that ends when it is read in too many small parts."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise ValueError("too many parts")
        return super().read(size)


def squares(content: bytes, sizes: tuple[int, ...]) -> dict[int, bytes]:
    """The middle of a picture, upright, as WebP of each size; the first size is the largest.

    NotAPicture when it is no still JPEG, PNG or WebP, or has more than it may.
    """
    if len(content) > MAX_BYTES or content.count(SCAN) > MAX_SCANS:
        raise NotAPicture
    try:
        with Image.open(_Parts(content), formats=FORMATS) as image:
            _refuse(image)
            square = _square(image, sizes[0])
        return {size: _webp(square, size) for size in sizes}
    except Exception as error:  # decoders raise whatever they like, and all of it means this
        raise NotAPicture from error


def _refuse(image: Image.Image) -> None:
    width, height = image.size
    moves = image.format in {"PNG", "WEBP"} and getattr(image, "is_animated", False)
    planes = 2 if image.mode == "CMYK" else 1  # four of them; three are what the limit allows for
    if moves or width * height * planes > MAX_PIXELS[image.format or ""]:
        raise NotAPicture


def _square(image: Image.Image, size: int) -> Image.Image:
    """A colour profile is not read: that would be one more parser."""
    image.draft("RGB", (2 * size, 2 * size))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    plain = image if image.mode == mode else image.convert(mode)
    return ImageOps.exif_transpose(ImageOps.fit(plain, (size, size)))


def _webp(square: Image.Image, size: int) -> bytes:
    smaller = square.resize((size, size))
    smaller.info.clear()
    buffer = BytesIO()
    smaller.save(buffer, "WEBP", quality=85)
    return buffer.getvalue()
