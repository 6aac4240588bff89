import type { Language } from "../client/page/language.ts";
import type { FibonacciResult } from "../client/page/fibonacci.ts";
import type { Room } from "../client/page/room.ts";
import { Form } from "./FibonacciForm.tsx";
import { History } from "./FibonacciHistory.tsx";
import { isFolded } from "./Digits.tsx";
import { Result } from "./FibonacciResult.tsx";
import { useLanguage } from "./language.ts";

/** Numbers to try, for whoever does not know what to type: a small one, the last that fits 64 bits, a long one. */
const EXAMPLES = [10, 93, 1000];

/** Fibonacci numbers, computed by the server and sent to oneself alone. */
export function Fibonacci({ room }: { room: Room }) {
  const language = useLanguage();
  const { results, shown, limit } = room.fibonacci;
  return (
    <section class="fibonacci" aria-labelledby="h-fib">
      <header class="panel-head">
        <h2 id="h-fib">{language.text("fibonacci")}</h2>
        <span class="count">{language.text("fib_range", { max: limit.value })}</span>
      </header>
      <Form room={room} />
      {shown.value === undefined ? <Examples room={room} /> : <Result result={shown.value} />}
      {results.value.length > 1 && <History fibonacci={room.fibonacci} />}
      <p class="visually-hidden" role="status">
        {shown.value !== undefined && inWords(shown.value, language)}
      </p>
    </section>
  );
}

/** A result as it is read out. */
function inWords({ input, digits }: FibonacciResult, language: Language): string {
  const value = isFolded(digits) ? language.text("digits", { n: digits.length }) : digits;
  return `F(${language.number(input)}): ${value}`;
}

/** Each computes at once; without a connection it only says what could be computed. */
function Examples({ room }: { room: Room }) {
  const language = useLanguage();
  const compute = (n: number) => {
    room.fibonacci.write(String(n));
    room.compute();
  };
  return (
    <div class="empty is-small needs-script">
      <p>
        {language.text("fib_empty")}
        {EXAMPLES.map((n) => (
          <button key={n} class="chip" type="button" onClick={() => compute(n)}>
            {language.number(n)}
          </button>
        ))}
      </p>
    </div>
  );
}
