import { Meta } from "../components/Meta.tsx";
import { Sprite } from "../components/Sprite.tsx";
import { ThemeColors } from "../components/ThemeColors.tsx";
import { readChoices } from "../lib/preferences.ts";
import { define } from "../lib/state.ts";

/** What every page stands in. */
export default define.page(function App({ Component, req }) {
  const { language, theme } = readChoices(req.headers);
  return (
    <html lang={language} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <ThemeColors theme={theme} />
        <Meta language={language} />
      </head>
      <body>
        <Sprite />
        <Component />
      </body>
    </html>
  );
});
