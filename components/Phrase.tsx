import type { ComponentChild } from "preact";
import { useLanguage } from "./language.ts";

interface PhraseProps {
  readonly text: string;
  readonly values: Readonly<Record<string, ComponentChild>>;
}

/** A text of the words with markup in its places, such as names that need a `<bdi>`. */
export function Phrase({ text, values }: PhraseProps) {
  const language = useLanguage();
  const pieces = text.split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const value = values[piece];
    return typeof value === "number" ? language.number(value) : value;
  });
  return <>{pieces}</>;
}
