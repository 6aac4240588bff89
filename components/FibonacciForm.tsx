import type { Language } from "../client/page/language.ts";
import type { Room } from "../client/page/room.ts";
import { describeError } from "./error_words.ts";
import { flag } from "./flag.ts";
import { useLanguage } from "./language.ts";

/** The field for n, and what is wrong with it or with the answer. */
export function Form({ room }: { room: Room }) {
  const language = useLanguage();
  const { fibonacci, link } = room;
  const isComputing = fibonacci.isComputing.value;
  const wanted = fibonacci.wanted.value;
  const problem = typeof wanted === "string" ? wanted : undefined;
  const help = problem === undefined
    ? failureText(room, language)
    : language.text(problem, { max: fibonacci.limit.value });
  const submit = (event: Event) => {
    event.preventDefault();
    room.compute();
  };
  return (
    <form class="fib-form needs-script" onSubmit={submit}>
      <label for="fib-n">{language.text("fib_n")}</label>
      <input
        class="field"
        id="fib-n"
        inputmode="numeric"
        autocomplete="off"
        value={fibonacci.typed.value}
        aria-invalid={flag(problem !== undefined)}
        aria-describedby="fib-help"
        onInput={(event) => fibonacci.write(event.currentTarget.value)}
      />
      <button
        class="button"
        type="submit"
        aria-busy={flag(isComputing)}
        aria-disabled={flag(!link.isOnline.value || typeof wanted !== "number")}
      >
        <span>{language.text("compute")}</span>
        <span>{language.text("computing")}</span>
      </button>
      <p class="help" id="fib-help" role="status">{help}</p>
    </form>
  );
}

function failureText(
  { fibonacci, link, conversation: { composition } }: Room,
  language: Language,
): string | undefined {
  const failure = fibonacci.failure.value;
  if (failure === undefined) return undefined;
  if (failure === "lost") return language.text("fib_lost");
  if (failure === "unsent") return link.isOnline.value ? undefined : language.text("fib_connect");
  return describeError(failure.code, {
    language,
    messageLength: composition.limit.value,
    fibonacciInput: fibonacci.limit.value,
  });
}
