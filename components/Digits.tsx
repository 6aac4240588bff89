import { useMemo } from "preact/hooks";
import { useLanguage } from "./language.ts";

/** Longer numbers are folded to their beginning and end. */
const FOLDED_FROM = 36;
const HEAD_DIGITS = 14;
const TAIL_DIGITS = 9;
/** Between groups a line may end, and within them not. It has no width, and is left out where somebody copies. */
const MAY_BREAK = "\u200b";
/**
 * So many groups are laid out at once; of those out of sight the browser saves itself the work. It can be divided by 9, 10,
 * 11 and 12, which is how many fit in a line: so no line but the last ends early.
 */
const BLOCK_GROUPS = 13_860;

/** Whether a number is too long to be shown at once. */
export function isFolded(digits: string): boolean {
  return digits.length > FOLDED_FROM;
}

/** Some digits in groups, as one text. */
export function Grouped({ digits }: { digits: string }) {
  return <>{useLanguage().digitGroups(digits).join(MAY_BREAK)}</>;
}

/** All digits of a long number: an element for each group, or one text of all, would freeze the page. */
export function Whole({ digits }: { digits: string }) {
  const language = useLanguage();
  return useMemo(() => {
    const groups = language.digitGroups(digits);
    const blocks = Array.from(
      { length: Math.ceil(groups.length / BLOCK_GROUPS) },
      (_, n) => groups.slice(n * BLOCK_GROUPS, (n + 1) * BLOCK_GROUPS),
    );
    return (
      <>
        {blocks.map((block, n) => <span key={n} class="digit-block">{block.join(MAY_BREAK)}</span>)}
      </>
    );
  }, [language, digits]);
}

/** The beginning and the end of a long number. */
export function Folded({ digits }: { digits: string }) {
  const headLength = HEAD_DIGITS - (HEAD_DIGITS - digits.length % 3) % 3;
  return (
    <>
      <Grouped digits={digits.slice(0, headLength)} /> <span class="fold">…</span>{" "}
      <Grouped digits={digits.slice(-TAIL_DIGITS)} />
    </>
  );
}

/** Copies what is selected without the places where a line may end. */
export function copyPlain(event: ClipboardEvent): void {
  const text = getSelection()?.toString().replaceAll(MAY_BREAK, "").replaceAll(/(?<=[.,])\n/g, "");
  if (!text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}
