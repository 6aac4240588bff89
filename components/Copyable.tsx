import { CopyButton } from "./CopyButton.tsx";
import { useLanguage } from "./language.ts";

/** A line to take elsewhere. */
export function Copyable({ label, text }: { label?: string; text: string }) {
  const language = useLanguage();
  return (
    <div class="copyable">
      {label && <p class="label">{label}</p>}
      <code>{text}</code>
      <CopyButton text={text} say={(key) => language.text(key)} />
    </div>
  );
}
