/**
 * What every route finds in `ctx.state`.
 *
 * @module
 */

import { createDefine } from "fresh";
import type { Admin } from "./admin.ts";
import type { Admission } from "./admission.ts";
import type { Config } from "./config.ts";
import type { Exposition } from "./exposition.ts";
import type { Hub } from "./hub.ts";
import type { Journal } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { MessagePages } from "./message_pages.ts";
import type { Presence } from "./presence.ts";
import type { Tokens } from "./tokens.ts";

/** The parts of the running server, the same for every request. */
export interface State {
  readonly config: Config;
  readonly hub: Hub;
  readonly metrics: Metrics;
  /** The same for Prometheus. */
  readonly exposition: Exposition;
  readonly journal: Journal;
  readonly messages: MessagePages;
  readonly presence: Presence;
  readonly admission: Admission;
  /** `undefined` where nobody needs a token. */
  readonly tokens: Tokens | undefined;
  /** Only where there is an ADMIN_TOKEN. */
  readonly admin: Admin | undefined;
  readonly log: Log;
  /** The version of Pulso. */
  readonly version: string;
  /** When the server started, in ms since the epoch. */
  readonly startedAt: number;
}

/** Fresh's `define`, for our State. */
export const define = createDefine<State>();
