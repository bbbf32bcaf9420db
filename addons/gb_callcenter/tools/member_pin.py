"""Which member PINs are too easy to guess. Pure functions, no ORM."""

PIN_LENGTHS = range(4, 9)
_UP = "01234567890"


def is_pin(text):
    """Whether ``text`` has the form of a PIN: 4 to 8 digits."""
    return bool(text) and len(text) in PIN_LENGTHS and text.isascii() and text.isdigit()


def is_trivial(pin):
    """1111, 1212, 123123, 1234, 98765 …"""
    size = len(pin)
    repeats = any(
        size % length == 0 and pin == pin[:length] * (size // length)
        for length in range(1, size // 2 + 1)
    )
    return repeats or pin in _UP or pin in _UP[::-1]


def date_spellings(day):
    """The ways in which people make a PIN of a date."""
    return {
        day.strftime(form)
        for form in ("%Y", "%m%d", "%d%m", "%y%m", "%m%y")
        + ("%Y%m", "%y%m%d", "%d%m%y", "%m%d%y", "%Y%m%d", "%d%m%Y", "%m%d%Y")
    }


def is_known(pin, digits):
    """Whether ``pin`` ends or begins a number that others know, such as a telephone number."""
    return any(number.endswith(pin) or number.startswith(pin) for number in digits if number)
