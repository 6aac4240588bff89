import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { FibonacciResult } from "../client/page/fibonacci.ts";
import { CopyButton } from "./CopyButton.tsx";
import { copyPlain, Folded, Grouped, isFolded, Whole } from "./Digits.tsx";
import { useLanguage } from "./language.ts";

/** One result. */
export function Result({ result }: { result: FibonacciResult }) {
  const language = useLanguage();
  const unfolded = useSignal<number | undefined>(undefined);
  const { key, digits, input, elapsedMs } = result;
  const isWhole = unfolded.value === key;
  const foot = useRef<HTMLDivElement>(null);
  // What folds it again stays at hand.
  useEffect(() => {
    if (isWhole) foot.current?.scrollIntoView({ block: "nearest" });
  }, [isWhole]);
  return (
    <div class="fib-result">
      <Value input={input} digits={digits} isWhole={isWhole} />
      <div class="fib-meta" ref={foot}>
        <span>
          {language.text("digits", { n: digits.length })} ·{" "}
          {language.text("at_server", { ms: language.elapsed(elapsedMs) })}
        </span>
        <span class="fib-actions">
          {isFolded(digits) && (
            <button
              class="link"
              type="button"
              onClick={() => unfolded.value = isWhole ? undefined : key}
            >
              {isWhole ? language.text("fold") : language.text("show_all")}
            </button>
          )}
          <CopyButton text={digits} say={(key) => language.text(key)} />
        </span>
      </div>
    </div>
  );
}

interface ValueProps {
  readonly input: number;
  readonly digits: string;
  readonly isWhole: boolean;
}

/** The digits; of a long number its beginning and end, until it is to be seen as a whole. */
function Value({ input, digits, isWhole }: ValueProps) {
  const language = useLanguage();
  return (
    <p
      class={isWhole ? "digits is-whole" : "digits"}
      tabindex={isWhole ? 0 : undefined}
      onCopy={copyPlain}
    >
      <span class="fib-name">F({language.number(input)})</span> {isWhole
        ? <Whole digits={digits} />
        : isFolded(digits)
        ? <Folded digits={digits} />
        : <Grouped digits={digits} />}
    </p>
  );
}
