/**
 * A node that slept past its lease, seen from outside: whoever is connected to it keeps the name, or is closed where
 * somebody else has it by now. Two real nodes on one PostgreSQL.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Chance } from "./chance.ts";
import { type Cluster, type Node, startCluster } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { askUsers, join, listUsers, nameOf, type Person, told } from "./presence_people.ts";

/** What {@linkcode keepNames} and {@linkcode loseNames} take. */
export interface FenceOptions {
  readonly leaseMs: number;
  /** How many are connected to the node that sleeps and keep their names. */
  readonly others: number;
  /** Whether the nodes hear of each other by NATS, or know nothing but the database. */
  readonly hasBroker: boolean;
  /** After the end of the sleep, two live sockets with one name last no longer than this. */
  readonly closedWithinMs: number;
}

/** What {@linkcode loseNames} measures, from the end of the sleep on, in ms. */
export interface FenceFigures {
  /** Until the socket was closed whose name is another's. */
  readonly closedMs: number;
  /** Until both nodes listed everybody rightly. */
  readonly listedMs: number;
  /** Until people on the other node were told of the new node by that one. */
  readonly learnedMs: number;
}

/** Both nodes are right, and have heard of each other, within this time. */
const RIGHT_WITHIN_MS = 5000;

/** A node that sleeps, with Ana, Cleo and others; and one that is awake, with Ben. */
class Stage {
  readonly #options: FenceOptions;
  readonly #cluster: Cluster;
  readonly sleeper: Node;
  readonly awake: Node;
  /** Everybody who ever came. */
  readonly #people: Person[] = [];

  constructor(options: FenceOptions, cluster: Cluster) {
    this.#options = options;
    this.#cluster = cluster;
    [this.sleeper, this.awake] = cluster.nodes;
  }

  async join(node: Node, name: string): Promise<Person> {
    const person = await join(node, name);
    this.#people.push(person);
    return person;
  }

  /** Somebody takes a name of the node that sleeps. */
  async succeed(name: string): Promise<Person> {
    let person: Person | undefined;
    // A node that has come to the database just now takes no names of others for one lease.
    await eventually(
      async () => void (person = await this.join(this.awake, name)),
      2 * this.#options.leaseMs + RIGHT_WITHIN_MS,
    );
    return person!;
  }

  /**
   * The node sleeps until the other one has taken it for dead, and then while something happens.
   *
   * @param away Who is connected to it.
   * @param others Who hears of that.
   * @returns When it was woken, by `performance.now()`.
   */
  async sleep(
    away: readonly Person[],
    { hears, meanwhile }: { readonly hears: Person; readonly meanwhile: () => Promise<void> },
  ): Promise<number> {
    const { leaseMs, hasBroker } = this.#options;
    const since = hears.client.messages.length;
    this.sleeper.signal("SIGSTOP");
    // It may have come back to the database just now: then nobody is reaped for one lease.
    const mostMs = 3 * leaseMs + RIGHT_WITHIN_MS;
    const isReaped = () =>
      away.every(({ clientId }) => told(hears, since).get(clientId)?.includes("left"));
    if (hasBroker) await hears.client.until(isReaped, mostMs);
    await eventually(async () => {
      const listed = new Set((await listUsers(this.awake)).map(({ client_id }) => client_id));
      assert.deepEqual(away.filter(({ clientId }) => listed.has(clientId)), []);
    }, mostMs);
    await meanwhile();
    const wokenAt = performance.now();
    this.sleeper.signal("SIGCONT");
    return wokenAt;
  }

  /** Waits until both nodes list these people at these nodes, at once; returns when. */
  async listed(here: readonly Person[], there: readonly Person[]): Promise<number> {
    await eventually(async () => {
      const [sleeper, awake] = await Promise.all([nameOf(this.sleeper), nameOf(this.awake)]);
      const place = (people: readonly Person[], node: string) =>
        people.map(({ name, clientId }) => `${name} ${clientId} ${node}`);
      const expected = [...place(here, sleeper), ...place(there, awake)].sort();
      for (const node of this.#cluster.nodes) {
        const users = await listUsers(node);
        const found = users.map(({ username, client_id, node }) =>
          `${username} ${client_id} ${node}`
        );
        assert.deepEqual(found.sort(), expected);
      }
    }, RIGHT_WITHIN_MS);
    return performance.now();
  }

  /** Waits until somebody is told that these people are at the node that slept; returns when. */
  async learned(hears: Person, people: readonly Person[]): Promise<number> {
    const node = await nameOf(this.sleeper);
    await eventually(async () => {
      const users = await askUsers(hears);
      const at = people.map(({ clientId }) =>
        users.find(({ client_id }) => client_id === clientId)?.node
      );
      assert.deepEqual(at, people.map(() => node));
    }, RIGHT_WITHIN_MS);
    return performance.now();
  }

  /** All say something; returns what. */
  say(people: readonly Person[], what: string): string[] {
    return people.map(({ name, client }) => {
      const message = `${what} of ${name}`;
      client.send({ type: "chat", message });
      return message;
    });
  }

  /** Waits until these people have heard what others have said. */
  async heard(people: readonly Person[], messages: readonly string[]): Promise<void> {
    await Promise.all(people.map(({ name, client }) =>
      client.until(() => {
        const heard = new Set(client.messages.map(({ message }) => message));
        return messages.every((message) => heard.has(message) || message.endsWith(` of ${name}`));
      })
    ));
  }

  async close(): Promise<void> {
    // One that is stopped does not hear that it is to end.
    this.sleeper.signal("SIGCONT");
    await Promise.allSettled(this.#people.map(({ client }) => client.close()));
    await this.#cluster.close();
  }
}

/** Runs a scenario on a stage where everybody is listed and told; a fault of a node fails it. */
async function onStage<T>(
  options: FenceOptions,
  scenario: (stage: Stage, cast: Cast) => Promise<T>,
): Promise<T> {
  const { leaseMs, others: count, hasBroker } = options;
  const settings = { LEASE_MS: String(leaseMs), ...(!hasBroker && { NATS_URL: "" }) };
  const cluster = await startCluster({ chance: new Chance(1), settings });
  const stage = new Stage(options, cluster);
  try {
    const ben = await stage.join(stage.awake, "ben");
    const ana = await stage.join(stage.sleeper, "ana");
    const others = await Promise.all(
      Array.from({ length: count }, (_, index) => stage.join(stage.sleeper, `other-${index}`)),
    );
    const cleo = await stage.join(stage.sleeper, "cleo");
    const here = [ana, cleo, ...others];
    await stage.listed(here, [ben]);
    // Of whom nobody was told it is no news that they left.
    const isTold = () => here.every(({ clientId }) => told(ben, 0).has(clientId));
    if (hasBroker) await ben.client.until(isTold);
    // A node tells of people in the order in which they came: who heard of the last one hears of nobody's coming later.
    await Promise.all(
      here.map((person) => person.client.until(() => told(person, 0).has(cleo.clientId))),
    );
    return await scenario(stage, { ben, ana, cleo, others });
  } finally {
    await stage.close();
    assert.deepEqual(cluster.nodes.flatMap(({ faults }) => faults), []);
  }
}

/**
 * A node sleeps past its lease and nobody takes a name of it: everybody keeps theirs, nobody is closed, and everything that
 * they said meanwhile is heard.
 *
 * @returns After how many ms, from the end of the sleep on, both nodes listed everybody rightly.
 * @throws {Error} Where that is not so.
 */
export function keepNames(options: FenceOptions): Promise<{ readonly listedMs: number }> {
  const { hasBroker } = options;
  return onStage(options, async (stage, { ben, ana, cleo, others }) => {
    const here = [ana, cleo, ...others];
    const before = await nameOf(stage.sleeper);
    const since = ben.client.messages.length;
    let said: string[] = [];
    const wokenAt = await stage.sleep(here, {
      hears: ben,
      meanwhile: () => Promise.resolve(void (said = stage.say(here, "first"))),
    });
    const listedMs = await stage.listed(here, [ben]) - wokenAt;
    assert.notEqual(await nameOf(stage.sleeper), before);
    await stage.heard(hasBroker ? [ben, ...here] : here, said);
    // Who is closed would not hear this.
    await stage.heard(here, stage.say(here, "last"));
    if (hasBroker) {
      await stage.learned(ben, here);
      const news = new Map(here.map(({ clientId }) => [clientId, ["left", "joined"]]));
      await eventually(() => assert.deepEqual(told(ben, since), news));
    }
    return { listedMs };
  });
}

interface Cast {
  readonly ben: Person;
  readonly ana: Person;
  readonly cleo: Person;
  readonly others: readonly Person[];
}

/**
 * A node sleeps past its lease, and Ana and Cleo are claimed at the other one, while those of before talk and say goodbye:
 * old Ana is closed with 4009 and not heard any more, both successors keep their names, and so do all others.
 *
 * @throws {Error} Where that is not so.
 */
export function loseNames(options: FenceOptions): Promise<FenceFigures> {
  return onStage(
    options,
    (stage, cast) => play(stage, { ...cast, ...options, others: cast.others }),
  );
}

async function play(
  stage: Stage,
  { ben, ana, cleo, others, hasBroker, closedWithinMs }: Cast & Omit<FenceOptions, "others">,
): Promise<FenceFigures> {
  const before = await nameOf(stage.sleeper);
  const since = [ben, ...others].map((person) => [person, person.client.messages.length] as const);
  const successors: Person[] = [];
  const said: string[] = [];
  let unheard: string[] = [];
  let goodbye: Promise<void> | undefined;
  const wokenAt = await stage.sleep([ana, cleo, ...others], {
    hears: ben,
    meanwhile: async () => {
      for (const name of ["ana", "cleo"]) successors.push(await stage.succeed(name));
      unheard = ["second", "third", "fourth"].flatMap((what) => stage.say([ana], what));
      said.push(...stage.say(others, "second"));
      goodbye = cleo.client.close();
    },
  });
  const { code } = await ana.client.closed();
  const closedMs = performance.now() - wokenAt;
  assert.equal(code, 4009);
  assert.ok(closedMs < closedWithinMs, `closed after ${closedMs} ms`);
  assert.notEqual(await nameOf(stage.sleeper), before);
  const listedMs = await stage.listed(others, [ben, ...successors]) - wokenAt;
  await goodbye;
  // Whatever old Ana has said would have its place before this.
  said.push(...stage.say(others, "last"));
  const hearers = hasBroker ? [ben, ...successors, ...others] : others;
  await stage.heard(hearers, said);
  for (const { client } of [...hearers, ...successors, ben]) {
    assert.deepEqual(client.messages.filter(({ message }) => unheard.includes(`${message}`)), []);
  }
  const learnedMs = hasBroker ? await stage.learned(ben, others) - wokenAt : 0;
  if (hasBroker) await assertNews(since, { ben, ana, cleo, others, successors });
  // The goodbye of the one before has removed nothing of them.
  await stage.listed(others, [ben, ...successors]);
  return { closedMs, listedMs, learnedMs };
}

/** Ben is told of the others that they left and are there again, theirs of nothing but the names that changed hands. */
async function assertNews(
  since: readonly (readonly [Person, number])[],
  { ben, ana, cleo, others, successors }: Cast & {
    readonly successors: readonly Person[];
  },
): Promise<void> {
  const handed = [
    ...[ana, cleo].map(({ clientId }) => [clientId, ["left"]] as const),
    ...successors.map(({ clientId }) => [clientId, ["joined"]] as const),
  ];
  const back = others.map(({ clientId }) => [clientId, ["left", "joined"]] as const);
  await eventually(() => {
    for (const [person, from] of since) {
      const news = new Map<string, readonly string[]>(
        person === ben ? [...handed, ...back] : handed,
      );
      assert.deepEqual(told(person, from), news, person.name);
    }
  });
}
