import itertools

from odoo.addons.gb_callcenter.tests.common import CallCentreCase as BaseCallCentreCase

SECRET = "a secret of the tests, long enough"
_sequence = itertools.count(1)


class AsteriskMixin:
    """The little call centre of the tests, on an Asterisk provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reference = f"pbx-{next(_sequence)}"
        cls.provider.write(
            {
                "code": "asterisk",
                "reference": cls.reference,
                "connector_url": "http://127.0.0.1:9",
                "connector_secret_input": SECRET,
            }
        )


class AsteriskCase(AsteriskMixin, BaseCallCentreCase):
    pass


__all__ = ["SECRET", "AsteriskCase", "AsteriskMixin"]
