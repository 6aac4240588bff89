/**
 * The colours of names: read from the style sheet and measured.
 *
 * @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and https://bottosson.github.io/posts/oklab/
 * @module
 */

import assert from "node:assert/strict";

const css = await Deno.readTextFile(new URL("../static/styles.css", import.meta.url));

type Linear = readonly [red: number, green: number, blue: number];

/** The two values of a token: light, then dark. */
function token(name: string): [string, string] {
  const [, light = "", dark = ""] =
    new RegExp(`${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(css) ??
      [];
  return [light, dark];
}

function fromHex(hex: string): Linear {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function fromOklch(lightness: number, chroma: number, hue: number): Linear {
  const [a, b] = [Math.cos, Math.sin].map((of) => chroma * of(hue * Math.PI / 180)) as [
    number,
    number,
  ];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3;
  // What the screen cannot show is cut off.
  const shown = (channel: number) => Math.min(1, Math.max(0, channel));
  return [
    shown(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    shown(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    shown(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
  ];
}

function contrast(a: Linear, b: Linear): number {
  const luminance = ([red, green, blue]: Linear) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const [, ...inks] =
  /\[data-hue\] \{ color: light-dark\(oklch\((\d+)% ([\d.]+) .*?oklch\((\d+)% ([\d.]+) /
    .exec(css)?.map(Number) ?? [];
const [lightL = 0, lightC = 0, darkL = 0, darkC = 0] = inks;
const hues = [...css.matchAll(/\[data-hue="(\d)"\] \{ --hue: (\d+); \}/g)].map((match) =>
  Number(match[2])
);

Deno.test("contrast() knows black on white", () => {
  assert.equal(Math.round(contrast(fromHex("#000000"), fromHex("#ffffff"))), 21);
  assert.equal(Math.round(contrast(fromOklch(0, 0, 0), fromOklch(1, 0, 0))), 21);
});

Deno.test("Every name has a colour of at least 4.5:1 on every surface, light and dark", () => {
  assert.equal(hues.length, 10);
  for (const surface of ["--surface", "--page", "--sunken"]) {
    const [light, dark] = token(surface);
    for (const hue of hues) {
      const found = [
        contrast(fromOklch(lightL / 100, lightC, hue), fromHex(light)),
        contrast(fromOklch(darkL / 100, darkC, hue), fromHex(dark)),
      ];
      assert.ok(Math.min(...found) >= 4.5, `hue ${hue} on ${surface}: ${found}`);
    }
  }
});
