"""Words that several models of work orders share."""

KINDS = [
    ("consultation", "Consultation"),
    ("complaint", "Complaint"),
    ("suggestion", "Suggestion"),
    ("repair", "Repair"),
    ("return", "Return"),
    ("exchange", "Exchange"),
    ("refund", "Refund"),
    ("expedite", "Expedite"),
    ("order_change", "Order or address change"),
    ("cancellation", "Cancellation"),
    ("invoice", "Invoice"),
    ("message", "Voicemail or fax"),
]
CHANNELS = [
    ("phone", "Telephone"),
    ("email", "E-mail"),
    ("chat", "Live chat"),
    ("sms", "SMS"),
    ("web", "Web form"),
    ("portal", "Customer portal"),
    ("voicemail", "Voicemail"),
    ("fax", "Fax"),
    ("walk_in", "Walk-in"),
    ("api", "Other system"),
]
REPLY_CHANNELS = [
    ("email", "E-mail"),
    ("sms", "SMS"),
    ("phone", "Telephone"),
    ("chat", "Live chat"),
    ("web", "Progress page"),
    ("fax", "Fax"),
]
PHASES = [
    ("draft", "Draft"),
    ("open", "Being worked on"),
    ("waiting", "Waiting"),
    ("checking", "Being checked"),
    ("closed", "Closed"),
    ("void", "Ended without result"),
]
OPEN_PHASES = ("draft", "open", "waiting", "checking")
URGENCIES = [("0", "Normal"), ("1", "Urgent"), ("2", "Very urgent")]
SEVERITIES = [("minor", "Minor"), ("normal", "Normal"), ("major", "Major")]
CLOSINGS = [
    ("satisfied", "Satisfied"),
    ("on_the_spot", "Answered on the spot"),
    ("final_position", "Final position"),
    ("unverified", "Not verified"),
]
ACTORS = [("user", "Staff"), ("customer", "Customer"), ("system", "System")]
MAX_LEVEL = 3
REMEDIES = [
    ("return", "Return"),
    ("exchange", "Exchange"),
    ("repair", "Free repair"),
    ("refund", "Refund"),
]
