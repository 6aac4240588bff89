import { type Theme, THEMES } from "../lib/preferences.ts";

/** The colour of the top bar in each shade, for the browser's own bar around the page: `--surface` of the style sheet. */
const COLORS = [["light", "#ffffff"], ["dark", "#14181d"]] as const;

/** The colours of the browser's own bar: by the system's shade, or of the theme that was chosen. */
export function ThemeColors({ theme }: { theme: Theme }) {
  return (
    <>
      {COLORS.map(([shade, color]) => (
        <meta name="theme-color" content={color} media={mediaOf(shade, theme)} data-shade={shade} />
      ))}
    </>
  );
}

/** Gives the document another theme. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  for (const [shade] of COLORS) {
    const meta = document.querySelector(`meta[data-shade="${shade}"]`);
    meta?.setAttribute("media", mediaOf(shade, theme));
  }
}

function mediaOf(shade: Theme, theme: Theme): string {
  if (theme === THEMES[0]) return `(prefers-color-scheme: ${shade})`;
  return theme === shade ? "all" : "not all";
}
