import { socketHandler } from "../../lib/socket_route.ts";
import { define } from "../../lib/state.ts";

/** The drop-in path of the challenge's own clients; docs/PROTOCOL.md, section 9. */
export const handler = define.handlers(socketHandler("json"));
