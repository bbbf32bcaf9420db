"""Words that campaigns, lists and the dialler share."""

KINDS = [
    ("new_product", "New product"),
    ("opening", "Opening"),
    ("greeting", "Greeting"),
    ("promotion", "Promotion"),
    ("care", "Care"),
    ("invitation", "Invitation"),
    ("survey", "Survey"),
    ("after_sales", "After-sales call"),
    ("win_back", "Win-back"),
]
MODES = [
    ("preview", "Preview: the agent looks, then dials"),
    ("progressive", "Progressive: one line for each free agent"),
    ("predictive", "Predictive: as many lines as agents will be free"),
]
CAMPAIGN_STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("done", "Done"),
]
ROW_STATES = [
    ("waiting", "Waiting"),
    ("claimed", "Being worked on"),
    ("done", "Done"),
    ("excluded", "Left out"),
]
# what came of an attempt, whatever the outcome is called
CATEGORIES = [
    ("success", "Success"),
    ("interested", "Interested"),
    ("later", "Call later"),
    ("refused", "Refused"),
    ("do_not_call", "Do not call again"),
    ("no_answer", "No answer"),
    ("busy", "Busy"),
    ("machine", "Answering machine"),
    ("wrong_number", "Wrong number"),
    ("invalid", "Number not in use"),
    ("abandoned", "Nobody was free for him"),
    ("failed", "Could not be dialled"),
]
# we have talked with the customer himself
REACHED = ("success", "interested", "later", "refused", "do_not_call")
# how a dialled number goes on; the words of the telephone system's DIAL events
DIAL_STATES = [
    ("new", "To be dialled"),
    ("dialling", "Dialling"),
    ("ringing", "Ringing"),
    ("answered", "Answered"),
    ("machine", "Answering machine"),
    ("connected", "With an agent"),
    ("abandoned", "Nobody was free for him"),
    ("hung_up", "Hung up while waiting"),
    ("busy", "Busy"),
    ("refused", "Call rejected"),
    ("no_answer", "No answer"),
    ("invalid", "Number not in use"),
    ("failed", "Could not be dialled"),
    ("none", "Not dialled"),
]
# why a customer is not put on a list, or a number is not dialled now
LASTING_REFUSALS = [
    ("do_not_call", "Does not want to be called"),
    ("black_list", "Black list"),
    ("inactive", "Archived customer"),
    ("no_number", "No number that can be dialled"),
    ("complaint", "Open complaint"),
    ("pressure", "Contacted lately"),
    ("other_company", "Customer of another company"),
    ("stopped", "Taken off by hand"),
]
PASSING_REFUSALS = [
    ("doubled", "On a list of this campaign already"),
    ("not_running", "The campaign is not running"),
    ("hours", "Outside calling hours"),
    ("day_limit", "Called often enough today"),
    ("total_limit", "Called often enough"),
]
REFUSALS = LASTING_REFUSALS + PASSING_REFUSALS
SKIP_REASONS = [
    ("busy_agent", "I have something else to do first"),
    ("other_agent", "A colleague knows him better"),
    ("bad_moment", "Not a good moment for him"),
    ("data", "His data must be checked first"),
]
