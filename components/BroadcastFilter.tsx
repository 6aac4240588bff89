import { CAST_KINDS, type CastKind, type Casts } from "../client/page/casts.ts";
import type { Language } from "../client/page/language.ts";
import { flag } from "./flag.ts";
import { useLanguage } from "./language.ts";
import { Search } from "./Search.tsx";

/** What the broadcasts are narrowed to: some types, and a text. */
export function BroadcastFilter({ casts }: { casts: Casts }) {
  const language = useLanguage();
  const chosen = casts.kinds.value;
  return (
    <div class="cast-filter needs-script">
      <div class="chips" role="group" aria-label={language.text("type")}>
        <Chip
          text={language.text("all")}
          isOn={chosen.size === 0}
          press={() => casts.showAllKinds()}
        />
        {CAST_KINDS.map((kind) => (
          <Chip
            key={kind}
            text={nameOf(kind, language)}
            isOn={chosen.has(kind)}
            press={() => casts.toggle(kind)}
          />
        ))}
      </div>
      <Search
        label={language.text("filter_sender")}
        text={casts.text.value}
        write={(text) => casts.search(text)}
      />
    </div>
  );
}

function nameOf(kind: CastKind, language: Language): string {
  return kind === "answer" ? language.text("answers") : kind;
}

function Chip({ text, isOn, press }: { text: string; isOn: boolean; press: () => void }) {
  return (
    <button class="chip" type="button" aria-pressed={flag(isOn)} onClick={press}>{text}</button>
  );
}
