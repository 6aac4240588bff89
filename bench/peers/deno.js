/**
 * The chat on a bare Deno: one frame a message, a loop over all, no guard of any kind.
 *
 * @module
 */

import { announce, createSender, everySecond, stampChat, tick } from "./chat.js";

const sockets = new Set();

function sendToAll(message, sender) {
  const text = JSON.stringify(message);
  for (const socket of sockets) {
    if (socket !== sender && socket.readyState === WebSocket.OPEN) socket.send(text);
  }
}

const onListen = ({ port }) => announce(port);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, (request) => {
  const sender = createSender(new URL(request.url).searchParams.get("username"));
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => sockets.add(socket);
  socket.onclose = () => sockets.delete(socket);
  socket.onerror = () => {};
  socket.onmessage = ({ data }) => {
    const stamped = stampChat(data, sender);
    if (stamped.ok) sendToAll(stamped.chat, socket);
    else socket.send(stamped.error);
  };
  return response;
});

everySecond(() => sendToAll(tick(sockets.size)));
