interface Props {
  label: string;
  bars: readonly { value: number; label: string }[];
  first: string;
  last: string;
}

const HEIGHT = 96;
const STEP = 12;
const WIDTH = 8;
/** The height of a day without spending, so that it is visible. */
const STUB = 2;

/** One bar for each day. A screen reader hears the label alone: the numbers are in the table below. */
export function Bars({ label, bars, first, last }: Props) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  return (
    <figure class="bars">
      <svg viewBox={`0 0 ${bars.length * STEP} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
        {bars.map((bar, index) => {
          const height = bar.value === 0 ? STUB : Math.max(STUB * 2, (bar.value / most) * HEIGHT);
          return (
            <rect
              key={bar.label}
              class={bar.value === 0 ? "none" : ""}
              x={index * STEP + (STEP - WIDTH) / 2}
              y={HEIGHT - height}
              width={WIDTH}
              height={height}
              rx={2}
            >
              <title>{bar.label}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption class="spread small muted">
        <span>{first}</span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}
