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


def to_fax_tiff(content):
    """Convert a document.

    :param bytes content: PDF, TIFF, PNG or JPEG
    :return: (bytes of the TIFF, number of pages)
    :raise FaxImageError: when it cannot be
    """
    if len(content) > MAX_BYTES:
        raise FaxImageError("too large")
    try:
        pages = [_fit(page) for page in _read_pages(content)]
    except FaxImageError:
        raise
    except Exception as error:
        # the readers of pictures raise whatever they like at what is broken
        raise FaxImageError("unreadable") from error
    if not pages:
        raise FaxImageError("no pages")
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


def _read_pages(content):
    if content[:5] == b"%PDF-":
        yield from _read_pdf(content)
        return
    with Image.open(io.BytesIO(content), formats=("TIFF", "PNG", "JPEG")) as image:
        for number, frame in enumerate(ImageSequence.Iterator(image)):
            if number >= MAX_PAGES or frame.width * frame.height > MAX_PIXELS:
                raise FaxImageError("too much")
            yield frame.copy()


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
