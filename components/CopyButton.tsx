import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./Icon.tsx";

/** For so long the button says that it has copied. */
const SAYS_SO_MS = 2000;

interface CopyButtonProps {
  readonly text: string;
  /** What the button says; each page has its own words. */
  readonly say: (key: "copy" | "copied") => string;
}

/** Copies a text. Not there where the browser has no clipboard for the page, as over plain HTTP. */
export function CopyButton({ text, say }: CopyButtonProps) {
  const canCopy = useSignal(true);
  const hasCopied = useSignal(false);
  useEffect(() => {
    canCopy.value = navigator.clipboard !== undefined;
  }, []);
  useEffect(() => {
    if (!hasCopied.value) return;
    const timer = setTimeout(() => hasCopied.value = false, SAYS_SO_MS);
    return () => clearTimeout(timer);
  }, [hasCopied.value]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      hasCopied.value = true;
    } catch {
      // Not permitted: the text beside the button can still be selected.
      canCopy.value = false;
    }
  };
  return (
    <button
      class="button is-quiet is-icon needs-script"
      type="button"
      hidden={!canCopy.value}
      aria-label={say(hasCopied.value ? "copied" : "copy")}
      onClick={copy}
    >
      <Icon name={hasCopied.value ? "check" : "copy"} />
    </button>
  );
}
