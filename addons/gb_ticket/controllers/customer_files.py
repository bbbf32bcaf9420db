"""Files that customers send with a form: few, small, of kinds that do no harm."""

from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools.mimetypes import guess_mimetype

MAX_FILES = 5
MAX_FILE_SIZE = 10 * 1024 * 1024
MAX_REQUEST_SIZE = MAX_FILES * MAX_FILE_SIZE + 1024 * 1024
MAX_NAME = 100
# ending: type that it is stored with
TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "amr": "audio/amr",
    "wav": "audio/x-wav",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
}
# what a browser shows as a picture has to be one
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
HARMFUL = ("html", "svg", "xml", "javascript", "executable", "dosexec", "x-sh", "x-mach")
ACCEPT = ",".join(f".{ending}" for ending in TYPES)


def read_files(name="files"):
    """Check the uploaded files of the request.

    :return: [(name, mimetype, bytes)]
    :raises UserError: on a file that is too large or of another kind, or too many
    """
    uploads = [upload for upload in request.httprequest.files.getlist(name) if upload.filename]
    if len(uploads) > MAX_FILES:
        raise UserError(
            request.env._("Please send at most %(count)s files at a time.", count=MAX_FILES)
        )
    return [_read_file(upload) for upload in uploads]


def _read_file(upload):
    name = upload.filename.replace("\\", "/").rpartition("/")[2]
    ending = name.rpartition(".")[2].lower()
    mimetype = TYPES.get(ending)
    content = upload.stream.read(MAX_FILE_SIZE + 1)
    if len(content) > MAX_FILE_SIZE:
        raise UserError(
            request.env._(
                "“%(name)s” is larger than %(size)s MB.", name=name, size=MAX_FILE_SIZE // 1024**2
            )
        )
    if not content:
        raise UserError(request.env._("“%(name)s” is empty.", name=name))
    found = guess_mimetype(content, default="application/octet-stream")
    if (
        not mimetype
        or any(word in found for word in HARMFUL)
        or (mimetype in PICTURES and found not in PICTURES)
        or (mimetype == "application/pdf" and found != mimetype)
    ):
        raise UserError(
            request.env._(
                "Files like “%(name)s” cannot be sent. Please send a picture, a PDF, a document, sound or video.",
                name=name,
            )
        )
    return f"{name[: -len(ending) - 1][:MAX_NAME]}.{ending}", mimetype, content


def store_files(ticket, files):
    """:return: ids of new ir.attachment of the work order (given as superuser)"""
    return (
        ticket.env["ir.attachment"]
        .create(
            [
                {
                    "name": name,
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": ticket._name,
                    "res_id": ticket.id,
                }
                for name, mimetype, content in files
            ]
        )
        .ids
    )
