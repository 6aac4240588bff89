import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { socketAddress } from "../client/address.ts";
import type { DocsProps } from "../client/docs/docs_props.ts";
import { snippetsFor } from "../client/docs/snippets.ts";
import { docsWordsOf } from "../client/docs/words.ts";
import { WireConsole } from "../client/docs/wire_console.ts";
import { Preferences } from "../client/preferences.ts";
import { DocsBar } from "../components/DocsBar.tsx";
import { DocsCodes } from "../components/DocsCodes.tsx";
import { DocsHttp } from "../components/DocsHttp.tsx";
import { DocsSnippets } from "../components/DocsSnippets.tsx";
import { DocsSocket } from "../components/DocsSocket.tsx";
import { DocsWordsContext } from "../components/docs_words.ts";
import { applyTheme } from "../components/ThemeColors.tsx";

/** The page of documents: how to begin, a console for the socket, the codes, and what goes over HTTP. */
export default function Docs(props: DocsProps) {
  const { asksForToken, sent, received } = props;
  const address = useSignal(props.address);
  const preferences = useMemo(() => new Preferences(props.preferences), []);
  const wire = useMemo(
    () =>
      new WireConsole({
        url: () => socketAddress(address.value),
        messages: { sent, received },
      }),
    [],
  );
  const language = preferences.language.value;
  const theme = preferences.theme.value;
  const say = useMemo(() => docsWordsOf(language), [language]);
  // Only then, for a document that is left aside has nobody to speak for.
  useEffect(() => () => wire.disconnect(), []);
  // A proxy of which the server knows nothing may have made it another one.
  useEffect(() => void (address.value = location.origin), []);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${say("title")} · Pulso`;
    applyTheme(theme);
  }, [language, theme]);
  return (
    <DocsWordsContext.Provider value={say}>
      <div class="docs">
        <DocsBar preferences={preferences} />
        <main class="docs-main">
          <DocsSnippets
            snippets={snippetsFor({ address: address.value, asksForToken })}
            asksForToken={asksForToken}
          />
          <DocsSocket wire={wire} {...props} />
          <DocsCodes closeCodes={props.closeCodes} errorCodes={props.errorCodes} />
          <DocsHttp assets={props.httpAssets} theme={theme} />
        </main>
      </div>
    </DocsWordsContext.Provider>
  );
}
