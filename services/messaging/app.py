"""Messaging, as everything that comes in and goes out."""

from chassis.indexes import Index
from chassis.service import Service
from services.messaging.api import routers
from services.messaging.handlers import reactions
from services.messaging.store.work import MessagingWork

SERVICE = Service(
    name="messaging",
    work=MessagingWork,
    routers=routers,
    reactions=reactions,
    indexes={
        "moments": (
            Index("by_moment", "tenant moment"),
            Index("by_resident", "tenant resident"),
            Index("by_practitioner", "tenant unit practitioner"),
        ),
        "conversations": (
            Index("of_moment_liveliest_first", "tenant moment -last_at -_id"),
            # Only what staff have not read is in it: few, and asked for again and again.
            Index(
                "unread_by_staff",
                "tenant moment",
                options={"partialFilterExpression": {"unread.staff": {"$gt": 0}}},
            ),
        ),
        "messages": (
            Index("of_conversation_by_number", "tenant conversation number"),
            Index("of_moment_newest_first", "tenant moment -sent_at -_id"),
        ),
        "drafts": (Index("of_author_in_moment", "tenant moment author"),),
        "contacts": (Index("by_resident", "tenant resident"),),
    },
)
