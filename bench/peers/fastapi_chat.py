"""The chat on FastAPI, uvicorn and uvloop."""

import asyncio
import json
import socket
import sys
import time
from datetime import datetime, timezone

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

MOST_CHARACTERS = 4096

app = FastAPI()
connections: set[WebSocket] = set()
offset = 0
clients = 0


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(message: dict) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def stamp(frame: str, username: str, client_id: str) -> str:
    """Makes the message for all others. Raises ValueError where the frame is not a chat."""
    global offset
    parsed = json.loads(frame)
    if not isinstance(parsed, dict) or parsed.get("type", "chat") != "chat":
        raise ValueError("expected a chat")
    message, chat_id = parsed.get("message"), parsed.get("id")
    text = message.strip() if isinstance(message, str) else ""
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise ValueError("message: expected a string of 1 to 4096 characters")
    if chat_id is not None and (not isinstance(chat_id, str) or len(chat_id) > 64):
        raise ValueError("id")
    offset += 1
    chat = {"type": "chat", "message": text, "username": username, "client_id": client_id}
    chat |= {"timestamp": now(), "offset": offset}
    return encode(chat | ({"id": chat_id} if chat_id is not None else {}))


async def send_to_all(text: str, sender: WebSocket | None) -> None:
    for connection in tuple(connections):
        if connection is not sender:
            try:
                await connection.send_text(text)
            except Exception:  # Who has just left must not cost the others their message.
                connections.discard(connection)


@app.websocket("/")
async def chat(connection: WebSocket, username: str = "guest") -> None:
    global clients
    await connection.accept()
    clients += 1
    client_id = f"{clients:08x}"
    connections.add(connection)
    try:
        while True:
            frame = await connection.receive_text()
            try:
                text = stamp(frame, username, client_id)
            except ValueError as error:
                failure = {"type": "error", "code": "invalid_message", "message": str(error)}
                await connection.send_text(encode(failure))
            else:
                await send_to_all(text, connection)
    except WebSocketDisconnect:
        pass
    finally:
        connections.discard(connection)


async def tick() -> None:
    while True:
        await asyncio.sleep(1 - time.time() % 1)
        timestamp = now()
        date, clock = timestamp[:10], timestamp[11:19]
        message = {"type": "time", "time": clock, "date": date, "timestamp": timestamp}
        await send_to_all(encode(message | {"offset": offset, "online": len(connections)}), None)


async def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    ticking = asyncio.create_task(tick())
    config = uvicorn.Config(app, log_level="warning", ws="websockets", backlog=4096)
    print(json.dumps({"event": "started", "port": listener.getsockname()[1]}), file=sys.stderr, flush=True)
    await uvicorn.Server(config).serve(sockets=[listener])
    ticking.cancel()


if __name__ == "__main__":
    import uvloop

    uvloop.install()
    asyncio.run(main())
