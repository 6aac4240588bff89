import { adminSocketHandler } from "../../../lib/socket_route.ts";
import { define } from "../../../lib/state.ts";

/** The socket of a dashboard; its token comes in the first frame. */
export const handler = define.handlers(adminSocketHandler());
