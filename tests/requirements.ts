/**
 * What some tests need and not every machine has. Without it they are ignored; where `PULSO_TEST_REQUIRE` names it, its
 * absence is a failure.
 *
 * @module
 */

/** Something that may not be installed. */
export type Requirement =
  | "postgres"
  | "nats"
  | "chromium"
  | "nginx"
  | "caddy"
  | "websockets"
  | "promtool";

/**
 * Whether a test is to be ignored, for `Deno.test({ ignore })`. Where the requirement must be there and is not, this is
 * false, and the test fails by itself when it looks for it.
 *
 * @param found Where it is, or `undefined`.
 */
export function ignoreWithout(requirement: Requirement, found: string | undefined): boolean {
  const required = (Deno.env.get("PULSO_TEST_REQUIRE") ?? "").split(",");
  return found === undefined && !required.includes(requirement);
}

/** The first of some files that exists. */
export function firstFile(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Prometheus's own judge of its files. */
export const PROMTOOL = firstFile(["/usr/bin/promtool", "/usr/local/bin/promtool"]);
