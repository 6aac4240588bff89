const PATHS = {
  arc: <path d="M8 2.5a5.5 5.5 0 1 1-5.2 3.7" />,
  ring: <circle cx="8" cy="8" r="4.5" />,
  dot: <circle class="solid" cx="8" cy="8" r="4" />,
  half: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path class="solid" d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" />
    </>
  ),
  refused: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M4.2 11.8l7.6-7.6" />
    </>
  ),
  offline: (
    <path d="M2 6.5a9 9 0 0 1 3.2-2M14 6.5a9 9 0 0 0-5-2.4M4.5 9.3a5.3 5.3 0 0 1 2-1.2M11.5 9.3a5 5 0 0 0-.9-.7M8 12.5v.01M2.5 2.5l11 11" />
  ),
  alert: <path d="M8 2.5 14 13.5H2zM8 6.5v3.5M8 11.8v.01" />,
  check: <path d="M3 8.5l3.2 3.2L13 5" />,
  hourglass: (
    <>
      <circle cx="8" cy="8" r="5.5" />
      <path d="M8 5v3l2 1.5" />
    </>
  ),
  cross: <path d="M4 4l8 8M12 4l-8 8" />,
  retry: <path d="M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3" />,
  send: <path d="M8 13V3.5M4 7.5l4-4 4 4" />,
  down: <path d="M8 3v9.5M4 8.5l4 4 4-4" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  play: <path d="M5 3.5v9l7-4.5z" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
      <path d="M3.5 10.5h-1v-8h8v1" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.5" />
      <path d="M10.5 10.5 14 14" />
    </>
  ),
  door: <path d="M9.5 2.5h4v11h-4M2 8h7.5M6.8 5.2 9.5 8l-2.7 2.8" />,
  door_out: <path d="M6.5 2.5h-4v11h4M6.5 8H14M11.3 5.2 14 8l-2.7 2.8" />,
  power: <path d="M8 2v5.5M4.6 4.2a5 5 0 1 0 6.8 0" />,
  sliders: (
    <>
      <path d="M2 5h7M13 5h1M2 11h1M7 11h7" />
      <circle cx="11" cy="5" r="1.8" />
      <circle cx="5" cy="11" r="1.8" />
    </>
  ),
  sun: (
    <>
      <circle cx="8" cy="8" r="3" />
      <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
    </>
  ),
  moon: <path d="M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z" />,
  pencil: <path d="M3 13l.6-2.6 7.2-7.2 2 2-7.2 7.2z" />,
  database: (
    <>
      <ellipse cx="8" cy="4" rx="5" ry="2" />
      <path d="M3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2" />
    </>
  ),
  chat: <path d="M2.5 3.5h11v7.5h-6L4.5 13.5V11h-2z" />,
  list: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" />,
  people: (
    <>
      <circle cx="6" cy="5.5" r="2.5" />
      <path d="M1.5 13.5c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M10.500 3.200a2.500 2.500 0 0 1 0 4.600M12 9.900c1.500.500 2.500 1.800 2.500 3.600" />
    </>
  ),
  metrics: <path d="M2 12.5h2.500l2-8 3 6 1.500-3H14" />,
} as const;

/** The name of a picture. */
export type IconName = keyof typeof PATHS;

/** Every picture once. Rendered by the server alone, so that no browser has to load the drawing code. */
export function Sprite() {
  return (
    <svg class="sprite" aria-hidden="true">
      <defs>
        {Object.entries(PATHS).map(([name, paths]) => (
          <symbol id={`i-${name}`} viewBox="0 0 16 16">{paths}</symbol>
        ))}
      </defs>
    </svg>
  );
}
