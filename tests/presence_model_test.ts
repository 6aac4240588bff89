import assert from "node:assert/strict";
import { checkModel } from "./presence_model.ts";
import { SteppedDatabase } from "./presence_model_database.ts";
import type { Trouble } from "./presence_model_node.ts";
import { type Command, Run, type Step } from "./presence_model_run.ts";

/** What is wrong in the nodes' statements, and what they do that shows it. */
interface Spoilt {
  readonly right: string;
  readonly wrong: string;
  readonly story: readonly Partial<Step>[];
}

const CLAIM: Partial<Step> = { commands: [{ do: "claim", node: 0, name: 0 }] };
const CLAIM_TOO: Partial<Step> = { commands: [{ do: "claim", node: 1, name: 0 }] };
const LEAVE: Partial<Step> = { commands: [{ do: "leave", held: 0 }] };
const RELEASE: Partial<Step> = { commands: [{ do: "release", held: 0 }] };
const RESUME: Partial<Step> = { commands: [{ do: "resume", node: 1, session: 0 }] };
const PASS: Partial<Step> = { passing: { do: "pass", ms: 5000 } };
const SET: Partial<Step> = { passing: { do: "set", ms: 20_000 } };
const BEAT: Partial<Step> = { passing: { do: "beat", node: 0 } };
const PASS_LEASE: Partial<Step> = { passing: { do: "pass", ms: 16_000 } };
const WAKE: Partial<Step> = { passing: { do: "wake", node: 0 } };
const befall = (trouble: Trouble): Command => ({ do: "befall", node: 0, trouble });
const RESUME_UNHEARD: readonly Partial<Step>[] = [CLAIM_TOO, { commands: [befall("unheard")] }, {
  commands: [{ do: "resume", node: 0, session: 0 }],
}];

/** Where chance seldom leads. */
const STORIES: Record<string, readonly Partial<Step>[]> = {
  "a session is had again whose next node dies before it hears of it": [
    ...RESUME_UNHEARD,
    { commands: [befall("dies")] },
    ...[PASS, PASS, PASS, PASS],
  ],
  "a session is away whose next node has not heard of it": [
    ...RESUME_UNHEARD,
    { passing: { do: "pass", ms: 1000 }, commands: [befall("well")] },
    PASS,
  ],
  "a name is free whose session a node has, of which it has not heard, nor of its own new lease": [
    ...RESUME_UNHEARD,
    { passing: { do: "pass", ms: 1000 } },
    CLAIM,
    { passing: { do: "pass", ms: 1000 } },
  ],
  "a node does not trust a lease that it has again": [
    CLAIM_TOO,
    { commands: [befall("dies")] },
    { commands: [befall("sleeps")] },
    PASS_LEASE,
    { commands: [{ do: "start" }] },
    CLAIM,
    { passing: { do: "set", ms: -3000 } },
    WAKE,
  ],
};

const SPOILT: Record<string, Spoilt> = {
  "claims are made without a lease": {
    right: "n.node_id = $1 and n.lease_until > clock_timestamp()\n        order",
    wrong: "n.node_id = $1 order",
    story: [SET, CLAIM],
  },
  "names are free that somebody has": {
    right: "else c.away_until <= clock_timestamp()",
    wrong: "else true",
    story: [CLAIM, CLAIM_TOO],
  },
  "names are not free whose time to come back is over": {
    right: "else c.away_until <= clock_timestamp()",
    wrong: "else false",
    story: [CLAIM, LEAVE, PASS, PASS, CLAIM_TOO],
  },
  "a release takes what another node has": {
    right: "in (select client_id from ended) and node_id = $1",
    wrong: "in (select client_id from ended)",
    story: [CLAIM, RESUME, RELEASE],
  },
  "a session that is resumed has its old version": {
    right: "version = c.version + 1",
    wrong: "version = c.version",
    story: [CLAIM, RESUME],
  },
  "a session is resumed after its time": {
    right: "and (c.away_until is null or c.away_until > clock_timestamp())",
    wrong: "",
    story: [CLAIM, LEAVE, PASS, PASS, RESUME],
  },
  "those who live are reaped": {
    right: "where lease_until <= clock_timestamp()",
    wrong: "where lease_until <= clock_timestamp() + interval '15 s'",
    story: [PASS, PASS, PASS, BEAT],
  },
  "a node reaps whose own lease is over": {
    right: "where n.node_id = $5 and n.lease_until > clock_timestamp())",
    wrong: "where n.node_id = $5)",
    story: [
      ...[CLAIM_TOO, PASS, PASS, PASS],
      { ...BEAT, commands: [befall("sleeps")], order: [0, 0, 1] },
      SET,
      WAKE,
    ],
  },
  "a lease is renewed that is over": {
    right: "where node_id = $1 and lease_until > clock_timestamp() returning",
    wrong: "where node_id = $1 returning",
    story: [SET, PASS],
  },
};

Deno.test("Presence keeps its rules, whatever its nodes do together and whatever befalls them", async () => {
  const { commands } = await checkModel({ runs: 12 });
  assert.ok(commands > 12);
});

Deno.test("Run.step() tells of what breaks the rules, and of nothing else", async (t) => {
  const database = await SteppedDatabase.open();
  for (const [what, story] of Object.entries(STORIES)) {
    await t.step(what, () => tell(database, story));
  }
  for (const [what, { right, wrong, story }] of Object.entries(SPOILT)) {
    await t.step(what, async () => {
      await tell(database, story);
      database.spoil = (text) => text.replace(right, wrong);
      await assert.rejects(tell(database, story), /There is.*and there ought to be/s);
    });
    database.spoil = (text) => text;
  }
  await database.close();
});

async function tell(database: SteppedDatabase, story: readonly Partial<Step>[]): Promise<void> {
  const run = new Run(database);
  await run.begin(2);
  for (const step of story) {
    await run.step({ passing: undefined, commands: [], order: [], ...step });
  }
  await run.settle();
  await run.check();
}
