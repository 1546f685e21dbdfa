"""What messaging does when others say something, one file per speaker."""

from chassis.reactions import Reactions
from services.messaging.handlers import moments, notifications, retention

reactions = Reactions()
for speaker in (moments, notifications, retention):
    reactions.include(speaker.reactions)
