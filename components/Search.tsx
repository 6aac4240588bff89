import { Icon } from "./Icon.tsx";

interface SearchProps {
  readonly label: string;
  readonly text: string;
  readonly write: (text: string) => void;
}

/** A field that narrows a list; Escape empties it. */
export function Search({ label, text, write }: SearchProps) {
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || text === "" || event.isComposing) return;
    // What Escape does elsewhere comes with the next one.
    event.preventDefault();
    event.stopPropagation();
    write("");
  };
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
        onKeyDown={pressed}
      />
    </label>
  );
}
