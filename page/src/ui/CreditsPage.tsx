import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Balance, Entry, Package } from "../api";
import { day, expiry, shortId } from "../format";
import { t } from "../i18n";
import { explain } from "../problems";
import { credits, loadCredits } from "../state/credits";
import { entries, loadSince } from "../state/journal";
import { isSelling } from "../state/offers";
import { Bars } from "./Bars";
import { Journal } from "./Journal";
import { Offers } from "./Offers";
import { Purchases, Shortage } from "./Purchases";

const DAYS = 30;
const DAY_MS = 86_400_000;

const firstDay = (): number => new Date().setHours(0, 0, 0, 0) - (DAYS - 1) * DAY_MS;

function spending(of: readonly Entry[]) {
  const start = firstDay();
  const days = Array.from({ length: DAYS }, (_, index) => ({ at: start + index * DAY_MS, value: 0 }));
  for (const entry of of) {
    if (entry.kind !== "settle") continue;
    const slot = days[Math.floor((Date.parse(entry.at) - start) / DAY_MS)];
    if (slot !== undefined) slot.value += entry.amount;
  }
  return days;
}

function SpendingBars() {
  const say = t().money;
  const days = spending(entries.value);
  const total = days.reduce((sum, one) => sum + one.value, 0);
  const bars = days.map((one) => ({ value: one.value, label: say.spentOn(day(one.at), one.value) }));
  return (
    <>
      <p class="muted">{total === 0 ? say.noSpending : say.spendingText(total)}</p>
      <Bars
        label={`${say.spending}: ${say.spendingText(total)}`}
        bars={bars}
        first={day(days[0]?.at ?? 0)}
        last={day(days[DAYS - 1]?.at ?? 0)}
      />
    </>
  );
}

const isUsed = (one: Package): boolean => one.remaining === 0 && one.held === 0;
const byExpiry = (a: Package, b: Package): number =>
  (a.expires_at ?? "9").localeCompare(b.expires_at ?? "9") || a.id.localeCompare(b.id);

function Packages({ have }: { have: Balance }) {
  const say = t().money;
  const inUse = have.packages.filter((one) => !isUsed(one)).toSorted(byExpiry);
  const used = have.packages.filter(isUsed).toSorted(byExpiry);
  return (
    <section class="card stack">
      <h2>{say.expiry}</h2>
      {have.packages.length === 0 ? <p class="muted">{say.empty}</p> : <p class="small muted">{say.order}</p>}
      <ul class="stack">
        {[...inUse, ...used].map((one) => (
          <li class="package" key={one.id}>
            <p class="spread">
              <span>
                <strong>{t().kinds[one.kind]}</strong> <span class="small muted">{shortId(one.id)}</span>
              </span>
              <span class="small">
                {isUsed(one) ? say.used : one.expires_at === null ? say.never : say.expires(expiry(one.expires_at))}
              </span>
            </p>
            <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect class="all" width="100" height="4" />
              <rect class="held" width={(100 * (one.remaining + one.held)) / one.granted} height="4" />
              <rect class="left" width={(100 * one.remaining) / one.granted} height="4" />
            </svg>
            <p class="small muted numbers">
              {say.packageLine(one.remaining, one.granted)}
              {one.held > 0 && `, ${t().held(one.held)}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where nothing is sold any more, purchases of before are shown still. */
const hasBought = ({ packages }: Balance): boolean => packages.some(({ kind }) => kind === "paid");

/** The user's balance, packages with their expiry, and history. */
export function CreditsPage() {
  const say = t().money;
  const have = credits.value;
  const trouble = useSignal<string | null>(null);
  /** Whether the journal is known for all of the days that are drawn. */
  const isWhole = useSignal(false);
  useEffect(() => {
    void loadCredits();
    loadSince(firstDay())
      .then(() => (isWhole.value = true))
      .catch((error: unknown) => (trouble.value = explain(error).text));
  }, []);
  return (
    <div class="stack wide">
      <h1>{say.title}</h1>
      {trouble.value !== null && (
        <p class="note bad" role="alert">
          {trouble.value}
        </p>
      )}
      {have !== null && (
        <>
          <dl class="sums">
            <div>
              <dt>{say.available}</dt>
              <dd class="numbers">{have.available}</dd>
            </div>
            <div>
              <dt>{say.held}</dt>
              <dd class="numbers">{have.held}</dd>
            </div>
          </dl>
          {have.held > 0 && <p class="small muted">{say.heldWhy}</p>}
          {have.low_balance.is_low && <p class="note">{say.low}</p>}
          {have.expiring_soon.credits > 0 && have.expiring_soon.next_expiry !== null && (
            <p class="note bad">{say.soon(have.expiring_soon.credits, expiry(have.expiring_soon.next_expiry))}</p>
          )}
          <Shortage />
          {isSelling.value && (
            <section class="card stack" aria-labelledby="offers">
              <h2 id="offers">{t().nav.getCredits}</h2>
              <Offers heading="h3" />
            </section>
          )}
          <div class="pair">
            <section class="card stack">
              <h2>{say.spending}</h2>
              {isWhole.value ? <SpendingBars /> : trouble.value === null && <p class="muted">{t().loading}</p>}
            </section>
            <Packages have={have} />
          </div>
        </>
      )}
      {have !== null && (isSelling.value || hasBought(have)) && <Purchases />}
      <Journal />
    </div>
  );
}
