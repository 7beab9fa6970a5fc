// Small plots: the numbers are beside them as text, so a screen reader misses nothing.

interface Row {
  name: string;
  value: number;
  text: string;
  isBad?: boolean;
}

/** Horizontal bars from a common zero; one below it goes to the left. */
export function Rows({ rows }: { rows: readonly Row[] }) {
  const most = Math.max(1, ...rows.map((row) => Math.abs(row.value)));
  const hasLess = rows.some((row) => row.value < 0);
  const zero = hasLess ? 50 : 0;
  const scale = (hasLess ? 50 : 100) / most;
  return (
    <ul class="rows">
      {rows.map((row) => {
        const width = Math.abs(row.value) * scale;
        return (
          <li key={row.name}>
            <span>{row.name}</span>
            <span class="numbers small">{row.text}</span>
            <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="all" width="100" height="4" />
              <rect
                class={row.isBad ? "loss" : "amount"}
                x={row.value < 0 ? zero - width : zero}
                width={width}
                height="4"
              />
            </svg>
          </li>
        );
      })}
    </ul>
  );
}

/** The parts of a whole, side by side. */
export function Parts({ parts }: { parts: readonly { name: string; value: number; text: string }[] }) {
  const whole = Math.max(
    1,
    parts.reduce((sum, part) => sum + part.value, 0),
  );
  const before = (index: number) => parts.slice(0, index).reduce((sum, part) => sum + part.value, 0);
  return (
    <div class="parts">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        {parts.map((part, index) => (
          <rect
            key={part.name}
            class={`part-${index}`}
            x={(100 * before(index)) / whole}
            width={(100 * part.value) / whole}
            height="8"
          />
        ))}
      </svg>
      <ul class="small">
        {parts.map((part, index) => (
          <li key={part.name}>
            <svg viewBox="0 0 1 1" aria-hidden="true">
              <rect class={`part-${index}`} width="1" height="1" />
            </svg>
            {part.name} <strong class="numbers">{part.text}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** From the median to the 90th percentile. */
export function Spans({ spans }: { spans: readonly { name: string; from: number; to: number; text: string }[] }) {
  const most = Math.max(1, ...spans.map((span) => span.to));
  return (
    <ul class="rows">
      {spans.map((span) => (
        <li key={span.name}>
          <span class="whole small">{span.text}</span>
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="all" width="100" height="4" />
            <rect class="part-1" width={(100 * span.to) / most} height="4" />
            <rect class="amount" width={(100 * span.from) / most} height="4" />
          </svg>
        </li>
      ))}
    </ul>
  );
}
