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
        "moments": (Index("by_moment", "tenant moment"), Index("by_resident", "tenant resident")),
        "conversations": (Index("of_moment_liveliest_first", "tenant moment -last_at -_id"),),
        "messages": (
            Index("of_conversation_by_number", "tenant conversation number"),
            Index("by_moment", "tenant moment"),
        ),
        "drafts": (Index("of_author_in_moment", "tenant moment author"),),
        "contacts": (Index("by_resident", "tenant resident"),),
    },
)
