/**
 * What was told of sessions in a run.
 *
 * @module
 */

/** What all nodes of a run have learned of the sessions. */
export class Known {
  /** Since when each is connected. */
  readonly #since = new Map<string, number>();
  /** Their newest versions that somebody was told. */
  readonly #newest = new Map<string, number>();
  /** Those whose resumption was perhaps not heard: their clients have no socket any more. */
  readonly unheard = new Set<string>();
  /** What was told that cannot be. */
  readonly faults: string[] = [];

  /** Somebody was told of one. */
  add(id: string, { version, connectedAt }: { version: number; connectedAt: Date }): void {
    const since = this.#since.get(id) ?? connectedAt.getTime();
    this.#since.set(id, since);
    this.#newest.set(id, Math.max(version, this.newest(id)));
    if (isNaN(since) || since === connectedAt.getTime()) return;
    this.faults.push(`${id} was connected at ${new Date(since).toISOString()} before`);
  }

  /** By its node's clock it is connected since now; the database may know better. */
  doubt(id: string): void {
    this.#since.set(id, NaN);
  }

  newest(id: string): number {
    return this.#newest.get(id) ?? 0;
  }
}
