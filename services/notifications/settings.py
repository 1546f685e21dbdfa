"""What a process of notifications is told by its environment beside what every service is told."""

from pydantic import Field

from chassis.settings import Settings


class NotificationsSettings(Settings):
    """Where SMS and e-mail go, and where this service is reached by receipts."""

    sms_url: str = "https://api.46elks.com"
    sms_username: str = ""
    sms_password: str = Field(default="", repr=False)
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    # Without a trace of messages an e-mail whose answer was lost stays unknown.
    smtp_trace_url: str | None = None
    public_url: str = "http://127.0.0.1:8130"
    provider_seconds: float = Field(default=15.0, gt=0, le=30)
    settle_seconds: float = Field(default=90.0, gt=0)
    sendings_at_once: int = Field(default=16, ge=1, le=256)
