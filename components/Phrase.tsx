import type { ComponentChild } from "preact";
import { formatNumber } from "../client/page/text.ts";

interface PhraseProps {
  readonly text: string;
  readonly values: Readonly<Record<string, ComponentChild>>;
}

/** A text of the words with markup in its places, such as names that need a `<bdi>`. */
export function Phrase({ text, values }: PhraseProps) {
  const pieces = text.split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const value = values[piece];
    return typeof value === "number" ? formatNumber(value) : value;
  });
  return <>{pieces}</>;
}
