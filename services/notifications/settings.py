"""What a process of notifications is told by its environment beside what every service is told."""

from pydantic import Field

from chassis.settings import Settings


class NotificationsSettings(Settings):
    """Where SMS, e-mail and inbox entries go, and where this service is reached by receipts."""

    sms_url: str = "https://api.46elks.com"
    sms_username: str = ""
    sms_password: str = Field(default="", repr=False)
    # A second account, used while the first fails too often.
    sms2_url: str | None = None
    sms2_username: str = ""
    sms2_password: str = Field(default="", repr=False)
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    # The whole address that answers `?message_id=`; without it an e-mail whose answer was lost stays unknown.
    smtp_trace_url: str | None = None
    # `bounces` makes bounces+<reference>@<domain> the envelope's sender; whoever receives them posts them here.
    bounce_to: str | None = Field(default=None, pattern=r"^[a-z0-9-]{1,12}$")
    # Where AddMessage is called; without it entries are in our own inbox alone.
    inbox_url: str | None = None
    # The national contract cannot be asked what was taken: where something else can, its whole address.
    inbox_trace_url: str | None = None
    # The HSA-id of this system, and the logical address of the inbox on a national service platform.
    inbox_source: str | None = None
    inbox_logical_address: str | None = None
    public_url: str = "http://127.0.0.1:8130"
    # A process that stops waits 20 seconds for the answers to what it has begun.
    provider_seconds: float = Field(default=15.0, gt=0, le=17)
    settle_seconds: float = Field(default=90.0, gt=0)
    sendings_at_once: int = Field(default=16, ge=1, le=256)
    # At most so many a second of each region in this process; no limit without it.
    sendings_per_second: float | None = Field(default=None, gt=0)
    # Without it staff's notices wait, as while the directory is away.
    directory_url: str | None = None
    # What staff's notices link to, short enough for an SMS; without it they wait, too.
    staff_url: str | None = Field(default=None, pattern=r"^https?://\S+$", max_length=100)
