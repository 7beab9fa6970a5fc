const PATHS = {
  plus: "M12 5v14M5 12h14",
  camera: "M4 8h3l1.5-2.5h7L17 8h3v11H4Zm8 2.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6 6 18",
  down: "m6 9.5 6 6 6-6",
  download: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14",
  zoom: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm5 11.5L20 20M10.5 7.5v6m-3-3h6",
  again: "M19 12a7 7 0 1 1-2-5l2 2m0-5v5h-5",
  trash: "M5 7h14M10 7V4.5h4V7m-7.5 0 .8 12.5h9.4L17.5 7",
  share: "M12 15V4m-4 3.5L12 4l4 3.5M6 11.5v8h12v-8",
  lock: "M6.5 10.5h11v9h-11Zm2-.2V8a3.5 3.5 0 0 1 7 0v2.3",
  shirt: "M9 4.5 4 7l1.5 4L8 10v9.5h8V10l2.5 1L20 7l-5-2.5c-.5 1.5-1.5 2.2-3 2.2s-2.5-.7-3-2.2Z",
  person: "M12 4a3.8 3.8 0 1 0 0 7.6A3.8 3.8 0 0 0 12 4ZM4.5 20c.6-4 3.5-6 7.5-6s6.9 2 7.5 6",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon beside a text that says the same. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" aria-hidden="true">
      <path d={PATHS[name]} stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
