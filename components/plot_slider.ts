/**
 * A plot as a slider over its seconds: what chooses one, and what is told of it.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type History, SECONDS_KEPT } from "../client/page/history.ts";

/** The place of the last second. */
export const LAST = SECONDS_KEPT - 1;
/** How far each key goes, in seconds. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -30,
  PageUp: 30,
  Home: -LAST,
  End: LAST,
};

/**
 * What is told of the slider. Screen readers speak each change of one that has the focus: then it changes with the chosen
 * second, and not with the time.
 */
export function useSpoken<Values>(second: number | undefined, values: Values) {
  const isFocused = useSignal(false);
  const told = useRef({ second, values });
  if (!isFocused.value || told.current.second !== second) told.current = { second, values };
  return {
    ...told.current.values,
    onFocusIn: () => isFocused.value = true,
    onFocusOut: () => isFocused.value = false,
  };
}

/** What chooses a second: a pointer, or keys; it is let go with the mouse or the focus. A finger leaves what it chose. */
export function choosing(history: History) {
  const leave = () => history.choose(undefined);
  const point = ({ clientX, currentTarget }: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    history.choose((clientX - left) / width * LAST);
  };
  return {
    onPointerDown: point,
    onPointerMove: point,
    onPointerLeave: ({ pointerType }: PointerEvent) => pointerType === "mouse" && leave(),
    onBlur: leave,
    onKeyDown: (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      history.choose((history.chosen.value ?? LAST) + step);
    },
  };
}
