import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { DocsProps } from "../client/docs/docs_props.ts";
import type { Theme } from "../lib/preferences.ts";
import { useDocsWords } from "./docs_words.ts";
import { showHttp, wearTheme } from "./docs_http.ts";

interface DocsHttpProps {
  readonly assets: DocsProps["httpAssets"];
  readonly theme: Theme;
}

/** So far below the window it is loaded: it weighs more than the rest of the page. */
const AHEAD = "800px";

/** What goes over HTTP, by Swagger UI, which is loaded once one comes near. */
export function DocsHttp({ assets, theme }: DocsHttpProps) {
  const say = useDocsWords();
  const place = useRef<HTMLDivElement>(null);
  const state = useSignal<"away" | "loaded" | "failed">("away");
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const load = async () => {
      try {
        await showHttp(element, assets);
        state.value = "loaded";
      } catch {
        state.value = "failed";
      }
    };
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      watcher.disconnect();
      void load();
    }, { rootMargin: AHEAD });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => wearTheme(theme), [theme]);
  return (
    <section class="docs-section" id="http" aria-labelledby="h-http">
      <h2 id="h-http">{say("http")}</h2>
      <p class="docs-lead">{say("http_text")}</p>
      <p class="docs-note needs-script" role="status">
        {state.value === "away" && say("http_loading")}
        {state.value === "failed" && (
          <>
            {say("http_failed")} <a href="/openapi.json">/openapi.json</a>
          </>
        )}
      </p>
      <div class="docs-http" lang="en" ref={place} />
    </section>
  );
}
