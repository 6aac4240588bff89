/**
 * What a node answers over HTTP, asked again and again.
 *
 * @module
 */

import type { TestServer } from "./server.ts";

/** One answer. Times by `performance.now()`. */
export interface Answer {
  readonly askedAt: number;
  readonly tookMs: number;
  /** 0 where there was none. */
  readonly status: number;
  readonly type: string | null;
}

/** Asks a node for `/ready` and `/api/users` in a steady rhythm, whether the one before was answered or not. */
export class Polls {
  readonly ready: Answer[] = [];
  readonly users: Answer[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #open = new Set<Promise<void>>();

  constructor({ url }: Pick<TestServer, "url">, everyMs: number) {
    this.#timer = setInterval(() => {
      this.#ask(`${url}/ready`, this.ready);
      this.#ask(`${url}/api/users`, this.users);
    }, everyMs);
  }

  /** Resolves when all that was asked is answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #ask(url: string, answers: Answer[]): void {
    const asked = fetchAnswer(url).then((answer) => void answers.push(answer));
    this.#open.add(asked);
    asked.finally(() => this.#open.delete(asked));
  }
}

async function fetchAnswer(url: string): Promise<Answer> {
  const askedAt = performance.now();
  const response = await fetch(url).catch(() => undefined);
  await response?.body?.cancel();
  const tookMs = performance.now() - askedAt;
  const type = response?.headers.get("content-type") ?? null;
  return { askedAt, tookMs, status: response?.status ?? 0, type };
}
