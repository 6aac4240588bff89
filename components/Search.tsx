import { Icon } from "./Icon.tsx";

interface SearchProps {
  readonly label: string;
  readonly text: string;
  readonly write: (text: string) => void;
}

/** A field that narrows a list. */
export function Search({ label, text, write }: SearchProps) {
  return (
    <label class="search">
      <Icon name="search" />
      <span class="visually-hidden">{label}</span>
      <input
        class="field"
        type="search"
        placeholder={label}
        value={text}
        onInput={(event) => write(event.currentTarget.value)}
      />
    </label>
  );
}
