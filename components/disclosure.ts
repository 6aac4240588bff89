/**
 * What a button opens beside itself, and what closes it: the button, Escape, a press outside, the focus that leaves.
 *
 * @module
 */

import { useSignal } from "@preact/signals";
import type { RefObject, TargetedEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { flag } from "./flag.ts";

/** What {@linkcode useDisclosure} gives. */
export interface Disclosure<Whole extends HTMLElement> {
  readonly isOpen: boolean;
  /** For the element that holds the button and what it opens. */
  readonly whole: {
    readonly ref: RefObject<Whole>;
    readonly onKeyDown: (event: KeyboardEvent) => void;
    readonly onFocusOut: (event: TargetedEvent<HTMLElement, FocusEvent>) => void;
  };
  /** For the button. */
  readonly button: {
    readonly ref: RefObject<HTMLButtonElement>;
    readonly "aria-expanded": "true" | "false";
    readonly "aria-controls": string;
    readonly onClick: () => void;
  };
}

/** A button that opens the element with an id. */
export function useDisclosure<Whole extends HTMLElement>(id: string): Disclosure<Whole> {
  const isOpen = useSignal(false);
  const whole = useRef<Whole>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => isOpen.value = false;
  useEffect(() => isOpen.value ? onPressOutside(whole.current, close) : undefined, [isOpen.value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen.value) return;
    event.preventDefault();
    close();
    button.current?.focus();
  };
  const onFocusOut = ({ currentTarget, relatedTarget }: TargetedEvent<HTMLElement, FocusEvent>) => {
    if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget)) close();
  };
  return {
    isOpen: isOpen.value,
    whole: { ref: whole, onKeyDown, onFocusOut },
    button: {
      ref: button,
      "aria-expanded": flag(isOpen.value),
      "aria-controls": id,
      onClick: () => isOpen.value = !isOpen.value,
    },
  };
}

/** Calls back on a press anywhere else; returns what stops it. */
function onPressOutside(element: HTMLElement | null, callback: () => void): () => void {
  const pressed = ({ target }: Event) => {
    if (target instanceof Node && !element?.contains(target)) callback();
  };
  addEventListener("pointerdown", pressed);
  return () => removeEventListener("pointerdown", pressed);
}
