"""Pictures → what fax machines print: TIFF, 1728 dots wide, black and white, group 4. No ORM."""

import io

import pypdfium2
from PIL import Image, ImageSequence, TiffImagePlugin

WIDTH = 1728  # dots of a line, at 204 dots an inch
DPI = (204, 196)
MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 50
MAX_PIXELS = 60_000_000


class FaxImageError(Exception):
    pass


def to_fax_tiff(*contents):
    """Convert documents, one after the other.

    :param bytes contents: PDF, TIFF, PNG or JPEG
    :return: (bytes of the TIFF, number of pages)
    :raise FaxImageError: when it cannot be
    """
    if sum(map(len, contents)) > MAX_BYTES:
        raise FaxImageError("too large")
    try:
        pages = [_fit(page) for content in contents for page in _read_pages(content)]
    except FaxImageError:
        raise
    except Exception as error:
        # the readers of pictures raise whatever they like at what is broken
        raise FaxImageError("unreadable") from error
    if not pages:
        raise FaxImageError("no pages")
    if len(pages) > MAX_PAGES:
        raise FaxImageError("too much")
    target = io.BytesIO()
    pages[0].save(
        target,
        TiffImagePlugin.TiffImageFile.format,
        compression="group4",
        dpi=DPI,
        save_all=True,
        append_images=pages[1:],
    )
    return target.getvalue(), len(pages)


def to_pdf(tiff):
    """Pages as they came from a fax machine, for people to read.

    :param bytes tiff: as received
    :return: (bytes of a PDF, number of pages)
    :raise FaxImageError: when it is none
    """
    try:
        with Image.open(io.BytesIO(tiff), formats=("TIFF",)) as image:
            pages = [_straighten(frame) for frame in _iterate(image)]
        target = io.BytesIO()
        pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=DPI[0])
    except FaxImageError:
        raise
    except Exception as error:
        raise FaxImageError("unreadable") from error
    return target.getvalue(), len(pages)


def _straighten(frame):
    """A page whose dots are as high as wide: machines send twice as many across as down, or nearly as many."""
    across, down = frame.info.get("dpi") or DPI
    stretch = float(across) / float(down) if across and down else 1
    page = frame.convert("1")
    if 0.2 < stretch < 5 and abs(stretch - 1) > 0.01:
        page = page.resize((page.width, round(page.height * stretch)))
    return page


def _iterate(image):
    for number, frame in enumerate(ImageSequence.Iterator(image)):
        if number >= MAX_PAGES or frame.width * frame.height > MAX_PIXELS:
            raise FaxImageError("too much")
        yield frame.copy()


def _read_pages(content):
    if content[:5] == b"%PDF-":
        yield from _read_pdf(content)
        return
    with Image.open(io.BytesIO(content), formats=("TIFF", "PNG", "JPEG")) as image:
        yield from _iterate(image)


def _read_pdf(content):
    with pypdfium2.PdfDocument(content) as pdf:
        if len(pdf) > MAX_PAGES:
            raise FaxImageError("too much")
        for page in pdf:
            width, _height = page.get_size()
            yield page.render(scale=min(WIDTH / max(width, 1), 10), grayscale=True).to_pil()


def _fit(page):
    """A page as wide as paper, in black and white."""
    if page.mode in ("RGBA", "LA", "P"):
        page = page.convert("RGBA")
        white = Image.new("RGBA", page.size, "white")
        page = Image.alpha_composite(white, page)
    page = page.convert("L")
    # dots are wider than high by DPI
    height = max(round(page.height * WIDTH / page.width * DPI[1] / DPI[0]), 1)
    if height > WIDTH * 10:
        raise FaxImageError("too much")
    return page.resize((WIDTH, height)).convert("1")
