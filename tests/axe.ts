/**
 * axe-core on a page of a test.
 *
 * @module
 */

import axe from "axe-core";
import type { Page } from "playwright-core";

/** What is looked for: everything, or only what a change of colours can break. */
export type AuditScope = "everything" | "colours";

/** Returns what axe-core finds wrong, a line for each rule. */
export async function audit(page: Page, scope: AuditScope = "everything"): Promise<string[]> {
  // The content policy forbids scripts in the page: what the debugger evaluates is none.
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axe.source);
  return await page.evaluate(async (isOnlyColours) => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await inPage.run(document, {
      resultTypes: ["violations"],
      // Fetches every style sheet again, for a rule that is off.
      preload: false,
      ...(isOnlyColours && { runOnly: ["color-contrast"] }),
    });
    return violations.map(({ id, nodes }) =>
      `${id}: ${nodes.slice(0, 3).map((node) => `${node.target} ${node.any[0]?.message ?? ""}`)}`
    );
  }, scope === "colours");
}
