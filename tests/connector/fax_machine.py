"""A fax machine at the carrier's end: a second Asterisk whose trunk is the first one's. And pages to send."""

import hashlib
import io
import sys
import tempfile
from pathlib import Path

from pbx_fixtures import ROOT
from PIL import Image, ImageDraw

sys.path.insert(0, str(ROOT / "scripts"))

import pbx

DIALPLAN = """
[general]
[globals]
[gb-inbound]
; a machine that takes what comes
exten => 5550001,1,Goto(receive,1)
exten => _021.,1,Goto(receive,1)
exten => receive,1,Answer()
 same => n,ReceiveFAX({pages}/received.tif,f)
 same => n,Hangup()
; engaged
exten => 5550002,1,Hangup(17)
; a person
exten => 5550003,1,Answer()
 same => n,Wait(6)
 same => n,Hangup()
[machine]
; a machine that sends or takes pages; "give-1": after pressing the key 1
exten => _give-X,1,Wait(2)
 same => n,SendDTMF(${{EXTEN:5}},,500)
 same => n,Goto(give,1)
exten => give,1,SendFAX({pages}/send.tif,zf)
 same => n,Hangup()
exten => _take-X,1,Wait(2)
 same => n,SendDTMF(${{EXTEN:5}},,500)
 same => n,Goto(take,1)
exten => take,1,ReceiveFAX({pages}/received.tif,f)
 same => n,Hangup()
; a person: presses the key and listens
exten => _key-X,1,Wait(2)
 same => n,SendDTMF(${{EXTEN:4}},,500)
 same => n,Wait(20)
 same => n,Hangup()
[gb-agent]
"""


class FaxMachine(pbx.Pbx):
    """Behind the trunk of ``exchange`` (pbx_fixtures.Exchange), which has to have the same idea of T.38."""

    def __init__(self, exchange, ports, **settings):
        self.pages = Path(tempfile.mkdtemp(prefix="gbf", dir="/tmp"))
        host, sip = exchange.carrier_address.split(":")
        ami, http = ports
        super().__init__(
            self.pages / "pbx",
            **{
                "BIND": host, "MEDIA": host, "SIP": int(sip), "AMI": ami, "HTTP": http, "ROUTE": 1,
                "TRUNK": exchange.sip, "TRUNK_MATCH": "127.0.0.1/32", "RTP0": 30000, "RTP1": 30099, **settings,
            },
        )  # fmt: skip

    def render(self, target=None):
        """The carrier's own dialplan."""
        super().render(target)
        (self.run / "etc/extensions.conf").write_text(DIALPLAN.format(pages=self.pages))

    def ring(self, hotline, what="give"):
        """Ring a hotline, then ``give`` the pages or ``take`` some; ``give-1`` presses the key 1 first, ``key-1`` does nothing else."""
        self.cli(f"channel originate PJSIP/{hotline}@trunk extension {what}@machine")

    def load(self, pages):
        """Put pages (bytes of a TIFF) in."""
        (self.pages / "send.tif").write_bytes(pages)

    def received(self):
        """The pages that have been printed (bytes)."""
        return (self.pages / "received.tif").read_bytes()


def make_pages(*texts):
    """``(bytes, sha256)`` of a TIFF that fax machines print, one page a text."""
    pages = []
    for text in texts:
        page = Image.new("1", (1728, 1100), 1)
        draw = ImageDraw.Draw(page)
        for line in range(8):
            draw.text((100, 100 + line * 100), f"{text} {line}", 0)
            draw.line((100, 150 + line * 100, 100 + line * 200, 150 + line * 100), 0, 3)
        pages.append(page)
    target = io.BytesIO()
    pages[0].save(
        target,
        "TIFF",
        compression="group4",
        dpi=(204, 196),
        save_all=True,
        append_images=pages[1:],
    )
    content = target.getvalue()
    return content, hashlib.sha256(content).hexdigest()


def dots(content):
    """The dots of all pages."""
    with Image.open(io.BytesIO(content)) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append((image.size, image.convert("1").tobytes()))
        return found
