import type { ComponentChild } from "preact";
import { flag } from "./flag.ts";

/** One choice of a {@linkcode Segmented}. */
export interface Choice<Value extends string> {
  readonly value: Value;
  /** What it is called, where `content` is a picture. */
  readonly label?: string;
  readonly title: string;
  readonly lang?: string;
  readonly content: ComponentChild;
}

interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly chosen: Value;
  readonly choose: (value: Value) => void;
}

/** A switch between a few choices that are all in sight. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  return (
    <div class="segmented" role="group" aria-label={props.label}>
      {props.choices.map(({ value, label, title, lang, content }) => (
        <button
          key={value}
          type="button"
          lang={lang}
          title={title}
          aria-label={label}
          aria-pressed={flag(value === props.chosen)}
          onClick={() => props.choose(value)}
        >
          {content}
        </button>
      ))}
    </div>
  );
}
