import type { Fibonacci, FibonacciResult } from "../client/page/fibonacci.ts";
import { CopyButton } from "./CopyButton.tsx";
import { Grouped, isFolded } from "./Digits.tsx";
import { flag } from "./flag.ts";
import { useLanguage } from "./language.ts";

/** The last results, to look at again or to copy. */
export function History({ fibonacci }: { fibonacci: Fibonacci }) {
  const language = useLanguage();
  const results = fibonacci.results.value;
  return (
    <details class="fib-history">
      <summary>
        {language.text("last_results")} <span class="count">{results.length}</span>
      </summary>
      <ol>
        {results.map((result) => <Row key={result.key} fibonacci={fibonacci} result={result} />)}
      </ol>
    </details>
  );
}

interface RowProps {
  readonly fibonacci: Fibonacci;
  readonly result: FibonacciResult;
}

function Row({ fibonacci, result: { key, input, digits, elapsedMs } }: RowProps) {
  const language = useLanguage();
  return (
    <li>
      <button
        class="link"
        type="button"
        aria-pressed={flag(fibonacci.shown.value?.key === key)}
        onClick={() => fibonacci.choose(key)}
      >
        F({language.number(input)})
      </button>
      <span class="digits">
        {isFolded(digits)
          ? language.text("digits", { n: digits.length })
          : <Grouped digits={digits} />}
      </span>
      <span class="fib-time">{language.elapsed(elapsedMs)}&nbsp;ms</span>
      <CopyButton text={digits} say={(key) => language.text(key)} />
    </li>
  );
}
