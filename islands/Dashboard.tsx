import { useEffect, useMemo, useRef } from "preact/hooks";
import { Bar } from "../components/dashboard/Bar.tsx";
import { Connections } from "../components/dashboard/Connections.tsx";
import { Inspector } from "../components/dashboard/Inspector.tsx";
import { LogLines } from "../components/dashboard/LogLines.tsx";
import { Nodes } from "../components/dashboard/Nodes.tsx";
import { Plots } from "../components/dashboard/Plots.tsx";
import { TokenForm } from "../components/dashboard/TokenForm.tsx";
import { Icon } from "../components/Icon.tsx";
import { applyTheme } from "../components/ThemeColors.tsx";
import { Dashboard as DashboardState } from "../client/dashboard/dashboard.ts";
import type { Choices } from "../lib/preferences.ts";

/** The dashboard: nothing but a field for the token, until the server has taken it. */
export default function Dashboard({ preferences }: { preferences: Choices }) {
  const dashboard = useMemo(() => new DashboardState({ preferences }), []);
  const language = dashboard.language.value;
  const theme = dashboard.preferences.theme.value;
  useEffect(() => dashboard.start(location.origin), []);
  useEffect(() => {
    document.documentElement.lang = language.tag;
    document.title = `Pulso · ${language.text("title")}`;
    applyTheme(theme);
  }, [language, theme]);
  const phase = dashboard.state.value?.phase;
  const asks = dashboard.asks.value;
  const main = useRef<HTMLElement>(null);
  // The field that had the focus is gone.
  useEffect(() => asks ? () => main.current?.focus() : undefined, [asks]);
  return (
    <div class="dash">
      {phase === "open" && <a class="skip" href="#list-title">{language.text("skip")}</a>}
      <Bar dashboard={dashboard} />
      {phase === undefined
        ? (
          <main>
            <noscript>
              <p class="no-script">{language.text("no_script")}</p>
            </noscript>
          </main>
        )
        : asks
        ? <TokenForm dashboard={dashboard} />
        : (
          <main class="dash-main" ref={main} tabIndex={-1}>
            <Cut dashboard={dashboard} />
            <Nodes dashboard={dashboard} />
            <Plots dashboard={dashboard} />
            <div class="dash-lists">
              <Connections dashboard={dashboard} />
              <LogLines dashboard={dashboard} />
            </div>
            <Inspector dashboard={dashboard} />
          </main>
        )}
    </div>
  );
}

/** Says that what is shown is from before, and when it is tried again. */
function Cut({ dashboard }: { dashboard: DashboardState }) {
  const language = dashboard.language.value;
  const state = dashboard.state.value;
  if (state?.phase !== "waiting") return null;
  const s = Math.max(0, Math.ceil((state.retryAt - dashboard.now.value) / 1000));
  return (
    <div class="banner is-reconnecting" role="status">
      <Icon name="offline" />
      <p class="banner-text">
        {s > 0 ? language.text("cut_text", { s }) : language.text("cut_now")}
      </p>
      <button class="button" type="button" onClick={() => dashboard.retryNow()}>
        {language.text("try_now")}
      </button>
    </div>
  );
}
