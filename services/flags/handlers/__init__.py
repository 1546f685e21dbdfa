"""What flags does when others say something, one file per speaker."""

from chassis.reactions import Reactions
from services.flags.handlers import messaging, moments, retention

reactions = Reactions()
for speaker in (moments, messaging, retention):
    reactions.include(speaker.reactions)
