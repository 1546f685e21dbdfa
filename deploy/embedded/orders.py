"""What tests ask of a local sink and order it to do; the same for SMS and mail."""

from collections.abc import Callable

from fastapi import APIRouter

from deploy.embedded.behaviour import Behaviour, Script
from deploy.embedded.ledger import Row


def order_routes(
    script: Script, sent_to: Callable[[str | None], list[Row]], forget: Callable[[], None]
) -> APIRouter:
    """`/sent` shows what was accepted, oldest first; `/behaviour` says what happens next."""
    routes = APIRouter()

    @routes.get("/sent")
    async def show_sent(to: str | None = None) -> list[Row]:
        return sent_to(to)

    @routes.delete("/sent", status_code=204)
    async def forget_sent() -> None:
        forget()

    @routes.get("/behaviour")
    async def behaviour() -> Behaviour:
        return script.order

    @routes.put("/behaviour")
    async def behave(order: Behaviour) -> Behaviour:
        return script.obey(order)

    @routes.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return routes
