import { useSignal } from "@preact/signals";
import type { Movement } from "../api";
import { download } from "../download";
import { moment, shortId } from "../format";
import { t } from "../i18n";
import { explain } from "../problems";
import { entries, loadOlder, olderCursor, wholeAsCsv } from "../state/journal";
import { links } from "../state/route";

/** The sign of a movement for the available credits; a charge takes reserved ones. */
const SIGNS: Record<Movement, string> = {
  grant: "+",
  freeze: "−",
  settle: "",
  release: "+",
  expire: "−",
  clawback: "−",
  reinstatement: "+",
  late_success: "",
};

/** Every movement of credits, and all of them as a file. */
export function Journal() {
  const say = t().money;
  const isSaving = useSignal(false);
  const trouble = useSignal<string | null>(null);
  const tell = (error: unknown) => (trouble.value = explain(error).text);

  async function save() {
    isSaving.value = true;
    try {
      download(await wholeAsCsv(), "atelier-credits.csv");
    } catch (error) {
      tell(error);
    } finally {
      isSaving.value = false;
    }
  }

  return (
    <section class="card stack">
      <div class="spread">
        <h2 id="journal">{say.journal}</h2>
        <button type="button" class="button" disabled={isSaving.value} onClick={() => void save()}>
          {isSaving.value ? say.saving : say.csv}
        </button>
      </div>
      {trouble.value !== null && (
        <p class="note bad small" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="scrolls" tabIndex={0} role="region" aria-labelledby="journal">
        <table>
          <thead>
            <tr>
              <th scope="col">{say.when}</th>
              <th scope="col">{say.what}</th>
              <th scope="col" class="number">
                {say.amount}
              </th>
              <th scope="col" class="roomy">
                {say.package}
              </th>
              <th scope="col" class="number roomy">
                {say.left}
              </th>
              <th scope="col">{say.picture}</th>
            </tr>
          </thead>
          <tbody class="numbers">
            {entries.value.map((entry) => (
              <tr key={entry.seq}>
                <td>{moment(entry.at)}</td>
                <td class="wraps">{t().movements[entry.kind]}</td>
                <td class={`number ${SIGNS[entry.kind] === "" ? "muted" : ""}`}>
                  {SIGNS[entry.kind]}
                  {entry.amount}
                </td>
                <td class="muted roomy">{entry.package === null ? "" : shortId(entry.package)}</td>
                <td class="number roomy">{entry.remaining_after}</td>
                <td>{entry.job !== null && <a href={links.job(entry.job)}>{shortId(entry.job)}</a>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {olderCursor.value !== null && (
        <div>
          <button type="button" class="button" onClick={() => void loadOlder().catch(tell)}>
            {say.more}
          </button>
        </div>
      )}
    </section>
  );
}
