/**
 * The chat on Bun's native publish.
 *
 * @module
 */

import { announce, createSender, everySecond, stampChat, tick } from "./chat.js";

const ROOM = "room";

// deno-lint-ignore no-undef
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const username = new URL(request.url).searchParams.get("username");
    if (server.upgrade(request, { data: createSender(username) })) return undefined;
    return new Response("Upgrade Required", { status: 426 });
  },
  websocket: {
    open: (socket) => socket.subscribe(ROOM),
    message(socket, frame) {
      const stamped = stampChat(frame, socket.data);
      // A socket's own publish leaves itself out.
      if (stamped.ok) socket.publish(ROOM, JSON.stringify(stamped.chat));
      else socket.send(stamped.error);
    },
  },
});

everySecond(() => server.publish(ROOM, JSON.stringify(tick(server.subscriberCount(ROOM)))));
announce(server.port);
