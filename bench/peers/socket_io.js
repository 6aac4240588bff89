/**
 * The chat on Node with Socket.IO, WebSockets only.
 *
 * @module
 */

import { createServer } from "node:http";
// @ts-ignore: installed for the run, by servers.ts.
import { Server } from "socket.io";
import { announce, createSender, everySecond, stampChat, tick } from "./chat.js";

const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  const sender = createSender(socket.handshake.query.username);
  socket.on("chat", (message) => {
    const stamped = stampChat(message, sender);
    if (stamped.ok) socket.broadcast.emit("chat", stamped.chat);
    else socket.emit("fail", stamped.error);
  });
});

everySecond(() => io.emit("time", tick(io.engine.clientsCount)));
server.listen(0, "127.0.0.1", 4096, () => announce(server.address().port));
