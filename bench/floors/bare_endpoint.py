"""Floor of `middleware`: a bare FastAPI endpoint with a model in and out, on the server the product uses."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, Field

app = FastAPI()


class StartModule(BaseModel):
    module: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    at: AwareDatetime


class Started(BaseModel):
    id: str
    count: int
    version: int


@app.post("/nothing/{identity}")
async def do_nothing(identity: str, body: StartModule) -> Started:
    return Started(id=identity, count=len(body.module), version=1)


@app.get("/health/ready")
async def ready() -> None:
    return None


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
    )
