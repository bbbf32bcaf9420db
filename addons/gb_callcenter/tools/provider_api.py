"""What a telephony provider's adapter has to be. No ORM."""


class ProviderError(Exception):
    """A command was not carried out.

    :param str code: a word of docs/architecture.md, "Commands", or ``unreachable``
    :param str message: an English sentence for the log
    """

    def __init__(self, code, message=""):
        super().__init__(message or code)
        self.code = code


class ProviderApi:
    """Adapter of one kind of telephone system."""

    #: what the seat panel and the live board may offer; consult is everything with a third party
    capabilities = (
        "answer",
        "hangup",
        "hold",
        "mute",
        "transfer",
        "consult",
        "dtmf",
        "dial",
        "record",
        "supervise",
    )
    #: True when calls can be made up from the seat panel
    is_simulated = False

    def send(self, command, args, token=None):
        """Carry out a command of docs/architecture.md, "Commands".

        :param str token: unique per intent, None for one that may be repeated harmlessly
        :return: (result, events): a dict, and a list of raw events to take in at once (normally none)
        :raise ProviderError:
        """
        raise NotImplementedError

    @classmethod
    def read_event(cls, source, at, data):
        """Turn a raw event into facts.

        :param str source: where the event comes from
        :param float at: Unix time of the event
        :param dict data: what the connector sent
        :return: iterable of ``tools.call_facts.Fact``
        :raise ValueError, KeyError: when the event is malformed
        """
        raise NotImplementedError
