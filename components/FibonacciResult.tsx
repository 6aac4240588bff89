import { useSignal } from "@preact/signals";
import type { FibonacciResult } from "../client/page/fibonacci.ts";
import { formatElapsed, formatNumber, groupDigits } from "../client/page/text.ts";
import { fill, words } from "../client/page/words.ts";

/** Longer numbers are folded to their beginning and end. */
const FOLDED_FROM = 36;
const HEAD_DIGITS = 14;
const TAIL_DIGITS = 9;

/** The newest result. */
export function Result({ result }: { result: FibonacciResult }) {
  const isWhole = useSignal(false);
  const { digits, input, elapsedMs } = result;
  const folds = digits.length > FOLDED_FROM;
  return (
    <div class="fib-result">
      <p
        class={isWhole.value ? "digits is-whole" : "digits"}
        tabindex={isWhole.value ? 0 : undefined}
      >
        <span class="fib-name">F({formatNumber(input)})</span>{" "}
        {folds && !isWhole.value ? <Folded digits={digits} /> : groupDigits(digits)}
      </p>
      <p class="fib-meta">
        <span role="status">
          {countDigits(digits)} · {fill(words.at_server, { ms: formatElapsed(elapsedMs) })}
        </span>
        {folds && (
          <button class="link" type="button" onClick={() => isWhole.value = !isWhole.value}>
            {isWhole.value ? words.fold : words.show_all}
          </button>
        )}
      </p>
    </div>
  );
}

function Folded({ digits }: { digits: string }) {
  const headLength = HEAD_DIGITS - (HEAD_DIGITS - digits.length % 3) % 3;
  return (
    <>
      {groupDigits(digits.slice(0, headLength))} <span class="fold">…</span>{" "}
      {groupDigits(digits.slice(-TAIL_DIGITS))}
    </>
  );
}

/** The last results, this one included. */
export function History({ results }: { results: readonly FibonacciResult[] }) {
  return (
    <details class="fib-history">
      <summary>
        {words.last_results} <span class="count">{results.length}</span>
      </summary>
      <ol>
        {results.map((result) => (
          <li key={result.key}>
            <span>F({formatNumber(result.input)})</span>
            <span class="digits">
              {result.digits.length > FOLDED_FROM
                ? countDigits(result.digits)
                : groupDigits(result.digits)}
            </span>
            <span>{formatElapsed(result.elapsedMs)}&nbsp;ms</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function countDigits({ length }: string): string {
  return length === 1 ? words.one_digit : fill(words.digits, { n: length });
}
