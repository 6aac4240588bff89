import { CopyButton } from "./CopyButton.tsx";

/** A line to take elsewhere. */
export function Copyable({ label, text }: { label?: string; text: string }) {
  return (
    <div class="copyable">
      {label && <p class="label">{label}</p>}
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}
