import { Meta } from "../components/Meta.tsx";
import { Sprite } from "../components/Sprite.tsx";
import { define } from "../lib/state.ts";

/** What every page stands in. */
export default define.page(function App({ Component }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#14181d" media="(prefers-color-scheme: dark)" />
        <Meta />
      </head>
      <body>
        <Sprite />
        <Component />
      </body>
    </html>
  );
});
