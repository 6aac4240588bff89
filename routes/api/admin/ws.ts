import { adminSocketHandler } from "../../../lib/socket_route.ts";
import { define } from "../../../lib/state.ts";

/** The socket of a dashboard; who opens it bears the token. */
export const handler = define.handlers(adminSocketHandler());
