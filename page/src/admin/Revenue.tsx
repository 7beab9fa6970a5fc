import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { answer } from "../client";
import { number } from "../format";
import { money } from "../money";
import type { RevenueLine } from "../api";
import { api, say, tell } from "./state";
import { Trouble } from "./Tools";

const MONTHS = 12;

/** What was sold, refunded, earned and is owed; nothing where nothing was ever sold. */
export function Revenue() {
  const { title, columns } = say().revenue;
  const id = useId();
  const lines = useSignal<RevenueLine[]>([]);
  const trouble = useSignal<string | null>(null);

  async function load() {
    try {
      const { data } = await answer(api.GET("/v1/admin/revenue", { params: { query: { months: MONTHS } } }));
      lines.value = data.months;
    } catch (error) {
      trouble.value = tell(error);
    }
  }

  useEffect(() => void load(), []);

  if (lines.value.length === 0 && trouble.value === null) return null;
  return (
    <section class="card stack">
      <h2 id={id}>{title}</h2>
      <Trouble text={trouble.value} />
      {lines.value.length > 0 && (
        <div class="scrolls" tabIndex={0} role="region" aria-labelledby={id}>
          <table>
            <thead>
              <tr>
                {Object.entries(columns).map(([name, label]) => (
                  <th key={name} scope="col" class={name === "month" ? "" : "number"}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody class="numbers">
              {lines.value.map((line) => (
                <tr key={line.month + line.currency}>
                  <td>{line.month}</td>
                  <td class="number">{money(line.sold)}</td>
                  <td class="number">{money(line.refunded)}</td>
                  <td class="number">{number(line.credits_sold)}</td>
                  <td class="number">{money(line.earned)}</td>
                  <td class="number">{money(line.owed)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
