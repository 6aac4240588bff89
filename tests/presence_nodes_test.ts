import { natsPath } from "./nats.ts";
import { postgresPath } from "./postgres.ts";
import { loseNames } from "./presence_fence.ts";
import { killed } from "./presence_killed.ts";
import { names } from "./presence_names.ts";
import { rush, storm } from "./presence_storm.ts";
import { ignoreWithout } from "./requirements.ts";

const withoutPostgres = ignoreWithout("postgres", postgresPath);
const ignore = withoutPostgres || ignoreWithout("nats", natsPath);

/** A short lease, and yet one after which nobody is taken for having come just now. */
const leaseMs = 1500;

Deno.test({
  name:
    "A node that slept past its lease closes those with 4009 whose names are others', and keeps the rest",
  ignore,
  // What other tests on the same machine leave room for.
  fn: async () =>
    void await loseNames({ leaseMs, others: 5, hasBroker: true, closedWithinMs: 3000 }),
});

Deno.test({
  name:
    "People of a node that is killed are back with their names, and those who are not leave them free",
  ignore,
  fn: async () => void await killed({ leaseMs, returning: 60, gone: 20 }),
});

Deno.test({
  name: "Of 200 who want one name at once on two nodes one gets it, and the next one keeps it",
  ignore,
  fn: async () => void await names({ rounds: 2, claims: 200 }),
});

Deno.test({
  name: "500 who connect at once are all recorded",
  ignore: withoutPostgres,
  fn: async () => void await rush({ visitors: 500 }),
});

Deno.test({
  name:
    "1000 who come and go in bursts leave no rows but their visits, for one statement in 20 at most",
  ignore: withoutPostgres,
  fn: async () => void await storm({ visitors: 1000, perSecond: 500 }),
});
