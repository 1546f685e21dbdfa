"""What a process of moments is told beside what every service is."""

from pydantic import Field

from chassis.settings import Settings


class MomentsSettings(Settings):
    """`SOB_DIRECTORY_URL`: the population register and the HSA directory."""

    directory_url: str = Field(pattern=r"^https?://\S+$")
