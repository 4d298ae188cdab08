"""Talks to `bgsh mcp` with the protocol's own client for Python, whichever version of that is installed.

converse.py BGSH MODE: MODE is `handshake`, `auto`, or `tasks` for a host that declares the tasks extension. The
environment says where state is kept. What was agreed upon, offered and answered is printed as one JSON object.
"""

import asyncio
import json
import os
import sys
import warnings
from contextlib import asynccontextmanager

from mcp import StdioServerParameters

warnings.simplefilter("ignore")
TASKS = "io.modelcontextprotocol/tasks"


def is_new():
    try:
        from mcp import Client  # noqa: F401
    except ImportError:
        return False
    return True


@asynccontextmanager
async def connected(server, mode):
    """A session, and what the connection is."""
    if is_new():
        from mcp import Client

        extensions = [tasks_extension()] if mode == "tasks" else None
        async with Client(server, mode="legacy" if mode == "handshake" else "auto", extensions=extensions) as client:
            yield client, client.protocol_version, client.server_info.name, client.instructions
    else:
        from mcp import ClientSession
        from mcp.client.stdio import stdio_client

        async with stdio_client(server) as (reads, writes), ClientSession(reads, writes) as session:
            greeting = await session.initialize()
            yield session, greeting.protocolVersion, greeting.serverInfo.name, greeting.instructions


def tasks_extension():
    """Asks for a task until it has ended, as a host does."""
    from typing import Literal

    from mcp.client.extension import ClientExtension, ResultClaim
    from mcp_types import CallToolResult, Request, RequestParams, Result
    from pydantic import ConfigDict, Field

    class Created(Result):
        model_config = ConfigDict(extra="allow", populate_by_name=True)
        result_type: Literal["task"] = Field(alias="resultType")
        task_id: str = Field(alias="taskId")
        poll_interval_ms: int = Field(alias="pollIntervalMs")

    class Task(Result):
        model_config = ConfigDict(extra="allow", populate_by_name=True)
        status: str
        result: dict | None = None

    class TaskParams(RequestParams):
        task_id: str = Field(alias="taskId")

    class GetTask(Request[TaskParams, Literal["tasks/get"]]):
        method: Literal["tasks/get"] = "tasks/get"
        params: TaskParams

    async def resolve(created, context):
        while True:
            task = await context.session.send_request(GetTask(params=TaskParams(taskId=created.task_id)), Task)
            if task.status != "working":
                return CallToolResult.model_validate(task.result)
            await asyncio.sleep(created.poll_interval_ms / 1000)

    class Tasks(ClientExtension):
        identifier = TASKS

        def claims(self):
            return (ResultClaim(result_type="task", model=Created, resolve=resolve),)

    return Tasks()


async def converse(server, mode):
    told = {}
    async with connected(server, mode) as (session, version, name, instructions):
        told |= {"version": version, "server": name, "instructions": instructions}
        told["tools"] = [tool.name for tool in (await session.list_tools()).tools]

        async def call(tool, **arguments):
            result = await session.call_tool(tool, arguments)
            is_error = getattr(result, "is_error", None) or getattr(result, "isError", None) or False
            return [[block.text for block in result.content], is_error]

        told["first"] = await call("Bash", command="cd /usr; echo hi; false")
        told["launched"] = await call("Bash", command="echo 'FAIL: one'; exit 3", run_in_background=True)
        # The end comes by itself; the wait is for it to be there.
        told["waited"] = await call("Wait", until="FAIL")
        together = await asyncio.gather(*(call("Bash", command=f"echo {number} $PWD") for number in range(10)))
        told["together"] = [texts[-1].splitlines()[-2] for texts, _ in together]
        told["wrong"] = await call("Bash")
        try:
            await session.call_tool("Nope", {})
        except Exception as error:
            told["unknown"] = getattr(getattr(error, "error", error), "code", None)
    return told


def main():
    server = StdioServerParameters(command=sys.argv[1], args=["mcp"], env=dict(os.environ))
    print(json.dumps(asyncio.run(asyncio.wait_for(converse(server, sys.argv[2]), 60))))


main()
