/**
 * The chat on Node with `ws`.
 *
 * @module
 */

import { createServer } from "node:http";
// @ts-ignore: installed for the run, by servers.ts.
import { WebSocket, WebSocketServer } from "ws";
import { announce, createSender, everySecond, stampChat, tick } from "./chat.js";

const server = createServer((_, response) => response.writeHead(426).end());
const sockets = new WebSocketServer({ server });

function sendToAll(message, sender) {
  const data = Buffer.from(JSON.stringify(message));
  for (const socket of sockets.clients) {
    if (socket !== sender && socket.readyState === WebSocket.OPEN) {
      socket.send(data, { binary: false });
    }
  }
}

sockets.on("connection", (socket, request) => {
  const sender = createSender(new URL(request.url, "http://host").searchParams.get("username"));
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => {
    if (isBinary) return socket.close(1003);
    const stamped = stampChat(data.toString(), sender);
    if (stamped.ok) sendToAll(stamped.chat, socket);
    else socket.send(stamped.error);
  });
});

everySecond(() => sendToAll(tick(sockets.clients.size)));
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
