import type { FibonacciFailure } from "../client/page/fibonacci.ts";
import type { Room } from "../client/page/room.ts";
import { formatNumber } from "../client/page/text.ts";
import { fill, words } from "../client/page/words.ts";
import { flag } from "./flag.ts";
import { History, Result } from "./FibonacciResult.tsx";

/** Numbers to try, for whoever does not know what to type. */
const EXAMPLES = [10, 93, 1000];

/** Fibonacci numbers, computed by the server and sent to oneself alone. */
export function Fibonacci({ room }: { room: Room }) {
  const { results, limit } = room.fibonacci;
  const [newest] = results.value;
  return (
    <section class="fibonacci" aria-labelledby="h-fib">
      <header class="panel-head">
        <h2 id="h-fib">{words.fibonacci}</h2>
        <span class="count">{fill(words.fib_range, { max: limit.value })}</span>
      </header>
      <Form room={room} />
      {newest === undefined
        ? <Examples choose={(n) => room.fibonacci.typed.value = String(n)} />
        : <Result key={newest.key} result={newest} />}
      {results.value.length > 1 && <History results={results.value} />}
    </section>
  );
}

function Form({ room }: { room: Room }) {
  const { fibonacci, link } = room;
  const isComputing = fibonacci.isComputing.value;
  const problem = fibonacci.problem.value;
  const help = problem === undefined
    ? failureText(fibonacci.failure.value, fibonacci.limit.value)
    : fill(words[problem], { max: fibonacci.limit.value });
  const submit = (event: Event) => {
    event.preventDefault();
    room.compute();
  };
  return (
    <form class="fib-form needs-script" onSubmit={submit}>
      <label for="fib-n">{words.fib_n}</label>
      <input
        class="field"
        id="fib-n"
        inputmode="numeric"
        autocomplete="off"
        value={fibonacci.typed.value}
        aria-invalid={flag(problem !== undefined)}
        aria-describedby="fib-help"
        onInput={(event) => fibonacci.typed.value = event.currentTarget.value}
      />
      <button
        class="button"
        type="submit"
        disabled={!link.isOnline.value || isComputing || problem !== undefined}
      >
        {isComputing ? words.computing : words.compute}
      </button>
      <p class="help" id="fib-help" role="status">{help}</p>
    </form>
  );
}

function failureText(failure: FibonacciFailure | undefined, max: number): string | undefined {
  if (failure === undefined) return undefined;
  if (failure === "lost") return words.fib_lost;
  switch (failure.code) {
    case "fibonacci_out_of_range":
      return fill(words.fib_out, { max });
    case "busy":
      return words.e_busy;
    case "rate_limited":
      return words.e_rate_limited;
    case "internal":
      return words.e_internal;
    default:
      return words.e_invalid;
  }
}

function Examples({ choose }: { choose: (n: number) => void }) {
  return (
    <div class="empty is-small needs-script">
      <p>
        {words.fib_empty}
        {EXAMPLES.map((n) => (
          <button key={n} class="chip" type="button" onClick={() => choose(n)}>
            {formatNumber(n)}
          </button>
        ))}
      </p>
    </div>
  );
}
