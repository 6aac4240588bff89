/**
 * What is said in the states of scenes.ts, and by whom; the same each time.
 *
 * @module
 */

import type { Wire } from "./wire.ts";

/** Who else is there. */
export const OTHERS = [
  ...["Ana Clara", "Beatriz", "guest-k3f9", "Ingrid_N", "João Pedro", "kenji", "Lucía", "Mateus"],
  ...["Tomás", "Zofia W.", "Yuki", "أمل"],
];
/** As many as the busiest room of the issue. */
export const CROWD = Array.from({ length: 299 }, (_, index) => OTHERS[index] ?? guest(index));

/** A guest's name, as mixed as those that the server gives. */
function guest(index: number): string {
  return `guest-${(index * 48_271 % 32 ** 4 + 32 ** 4).toString(32).slice(-4)}`;
}

/** Who says what, and where it does not come at once so many seconds before the end. */
export const TALK: readonly (readonly [name: string, text: string, secondsBefore: number])[] = [
  ["Beatriz", "Good morning. Doors open at nine.", 290],
  ["Mateus", "Projector is warm, cables are taped down.", 240],
  ["Ana Clara", "Hall B is live. Slides are at https://slides.example.org/hall-b", 170],
  ["Ana Clara", "Sound is a touch low on the left channel.", 170],
  ["kenji", "Sits right now, thanks.", 130],
  ["أمل", "الصوت واضح الآن، شكرًا لكم.", 90],
  [
    "João Pedro",
    "Order for the next hour:\n1. Opening, Beatriz, 10 min\n2. Clocks that agree, Ingrid, 25 min\n3. Questions from the room",
    50,
  ],
  ["Ingrid_N", "On stage in five.", 10],
];

/** What they say while the page is away. */
export const MEANWHILE: readonly (readonly [name: string, text: string])[] = [
  ["Ana Clara", "Mic check from the stage."],
  ["Ana Clara", "One, two."],
  ["Ana Clara", "Good."],
  ["kenji", "Picture is steady."],
  ["kenji", "Sound is level on both channels."],
  ["Ingrid_N", "Walking up now."],
  ["Lucía", "Good luck."],
  ["Mateus", "Lights down in one minute."],
  ["Zofia W.", "Stream is on."],
  ["Yuki", "Seeing it here, two seconds behind."],
  ["Beatriz", "Welcome, everybody."],
  ["Ingrid_N", "First slide is up."],
];

/** What a crowd says in one second. */
export function chatter(wire: Wire, second: number): void {
  const said = Array.from({ length: 20 }, (_, index) => {
    const name = CROWD[(second * 7 + index * index) % 40] ?? "kenji";
    const [, text = ""] = TALK[(second + index) % TALK.length] ?? [];
    return wire.chat(name, text);
  });
  wire.send(...said);
}
