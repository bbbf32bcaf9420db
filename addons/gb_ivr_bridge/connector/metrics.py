"""What /metrics tells (Prometheus). No call data, no numbers of customers."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)


class Metrics:
    """One registry for each connector (tests run several in a process)."""

    def __init__(self):
        self.registry = registry = CollectorRegistry()
        self.events = Counter("gb_events", "Events journaled", ["source"], registry=registry)
        self.malformed = Gauge(
            "gb_malformed_lines", "Lines that could not be read", registry=registry
        )
        self.lost = Gauge(
            "gb_lost_files", "Rotated files that were gone before they were read", registry=registry
        )
        self.sent = Counter(
            "gb_events_sent", "Events that Odoo has acknowledged", registry=registry
        )
        self.rejected = Counter(
            "gb_events_rejected", "Events in Odoo's dead-letter list", registry=registry
        )
        self.failures = Counter(
            "gb_send_failures", "Batches that had to be sent again", registry=registry
        )
        self.post_seconds = Histogram(
            "gb_send_seconds",
            "From sending a batch to its acknowledgement",
            buckets=FAST,
            registry=registry,
        )
        self.lag_seconds = Histogram(
            "gb_line_to_journal_seconds",
            "From a CEL event's own time to its commit",
            buckets=FAST,
            registry=registry,
        )
        self.pending = Gauge("gb_events_pending", "Events not acknowledged yet", registry=registry)
        self.oldest = Gauge(
            "gb_events_pending_age_seconds", "Age of the oldest of them", registry=registry
        )
        self.parked = Gauge(
            "gb_events_parked", "Events put aside: Odoo refuses them", registry=registry
        )
        self.uploads = Counter(
            "gb_recordings_uploaded", "Recordings that Odoo has", registry=registry
        )
        self.upload_failures = Counter(
            "gb_recording_failures", "Uploads to be tried again", registry=registry
        )
        self.commands = Counter(
            "gb_commands", "Commands of Odoo", ["command", "outcome"], registry=registry
        )
        self.ari_up = Gauge("gb_ari_up", "1 while flows can be run", registry=registry)
        self.ivr_flows = Gauge("gb_ivr_flows", "Flows that are ready", registry=registry)
        self.ivr_sessions = Gauge("gb_ivr_sessions", "Callers in a flow now", registry=registry)
        self.ivr_ended = Counter(
            "gb_ivr_sessions_ended", "Sessions by how they ended", ["reason"], registry=registry
        )
        self.ivr_resumed = Counter(
            "gb_ivr_sessions_resumed", "Sessions taken up after a break", registry=registry
        )
        self.key_seconds = Histogram(
            "gb_ivr_key_to_prompt_seconds",
            "From a key to the sound that answers it",
            buckets=FAST,
            registry=registry,
        )
        self.asks = Counter("gb_ivr_asks", "Questions to Odoo", ["outcome"], registry=registry)
        self.ask_seconds = Histogram(
            "gb_ivr_ask_seconds", "Until Odoo has answered", buckets=FAST, registry=registry
        )
        self.lookups = Counter(
            "gb_ivr_lookups", "HTTP look-ups of flows", ["outcome"], registry=registry
        )
        self.speech = Counter(
            "gb_ivr_speech", "Spoken texts by where they came from", ["source"], registry=registry
        )
        self.speech_seconds = Histogram(
            "gb_ivr_speech_render_seconds", "Time to speak a text", buckets=FAST, registry=registry
        )
        self.speech_bytes = Gauge(
            "gb_ivr_speech_cache_bytes", "Cache of texts with values", registry=registry
        )
        self.pbx_up = Gauge("gb_pbx_up", "1 while AMI is connected", registry=registry)
        self.odoo_up = Gauge("gb_odoo_up", "0 while Odoo does not take events", registry=registry)
        self.disk_free = Gauge(
            "gb_disk_free_bytes", "Free space where it is least", registry=registry
        )
        self.disk_ok = Gauge("gb_disk_ok", "0 below the limit", registry=registry)

    def text(self):
        """The page."""
        return generate_latest(self.registry)
