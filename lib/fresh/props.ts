/**
 * The props of islands, on their way to the browser.
 *
 * Here: writing them. Not here: reading them (runtime/decode_props.ts).
 * Invariant: what is written is a JavaScript literal that cannot end the script element around it.
 *
 * @module
 * @see https://fresh.deno.dev/docs/advanced/serialization
 */
import { Signal } from "@preact/signals";
import { stringify } from "devalue";
import { isValidElement } from "preact";

/**
 * Writes props as devalue's flat array, whose entries refer to each other by index: what is shared
 * stays shared, signals too, and circles are no trouble. devalue escapes `<` in every string.
 *
 * @throws {Error} If there is a function, an element, a symbol or an instance of a class among
 *   them.
 * @see https://github.com/sveltejs/devalue
 */
export function encodeProps(props: readonly Record<string, unknown>[]): string {
  return stringify(props, {
    Signal: (value) => isSignal(value) && [value.peek()],
    Computed: (value) => value instanceof Signal && [value.peek()],
    URL: (value) => value instanceof URL && value.href,
    Element: rejectElement,
  });
}

/** `computed()` makes a subclass of Signal that its package does not export. */
function isSignal(value: unknown): value is Signal {
  return value instanceof Signal &&
    Object.getPrototypeOf(value) === Signal.prototype;
}

function rejectElement(value: unknown): false {
  if (!isValidElement(value)) return false;
  throw new Error(
    `Could not write an island's props: elements as props are not supported here, got: <${
      typeof value.type === "string" ? value.type : value.type.displayName ?? value.type.name
    }>`,
  );
}
