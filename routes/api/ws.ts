import { socketHandler } from "../../lib/socket_route.ts";
import { define } from "../../lib/state.ts";

/** The socket of docs/PROTOCOL.md. */
export const handler = define.handlers(socketHandler("json"));
