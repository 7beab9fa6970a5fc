import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { date } from "../format";
import { t } from "../i18n";
import { words } from "../i18n/shop";
import { money } from "../money";
import type { Order } from "../api";
import { explain } from "../problems";
import { isSafe } from "../state/checkout";
import { loadOlderOrders, loadOrders, olderOrders, orders } from "../state/orders";
import { links } from "../state/route";
import { PaymentReceipt } from "./Order";

function Purchase({ of }: { of: Order }) {
  const say = words();
  const when = date(of.created_at);
  const more = [
    ...(of.refunded.minor > 0 ? [say.purchases.refunded(money(of.refunded))] : []),
    ...(of.credits_taken_back > 0 ? [say.purchases.takenBack(of.credits_taken_back)] : []),
    ...(of.shortage > 0 ? [say.purchases.missing(of.shortage)] : []),
  ];
  return (
    <li class="purchase">
      <div>
        <p class="spread">
          <a href={links.order(of.id)}>{of.name}</a>
          <span class="numbers">{money(of.price)}</span>
        </p>
        <p class="spread small muted">
          <span>{when}</span>
          <span class="pill">{say.status[of.status]}</span>
        </p>
        {more.length > 0 && <p class="small numbers">{more.join(" · ")}</p>}
      </div>
      {of.status === "open" && of.url !== null && isSafe(of.url) && (
        <a class="button" href={of.url} aria-label={say.purchases.payWhich(of.name, when)}>
          {say.order.pay}
        </a>
      )}
      <PaymentReceipt of={of} />
    </li>
  );
}

/** What was spent of purchases that were refunded, and what that means: nothing can be bought until it is settled. */
export function Shortage() {
  const missing = (orders.value ?? []).reduce((sum, one) => sum + one.shortage, 0);
  return missing > 0 ? <p class="note bad">{words().purchases.shortage(missing)}</p> : null;
}

/** All that was bought, newest first; nothing if that is nothing. */
export function Purchases() {
  const say = words().purchases;
  const trouble = useSignal<string | null>(null);
  const tell = (error: unknown) => (trouble.value = explain(error).text);
  useEffect(() => {
    // What is paid in another tab, or was left by the browser's back button.
    const load = () => void (document.hidden || loadOrders().catch(tell));
    load();
    document.addEventListener("visibilitychange", load);
    return () => document.removeEventListener("visibilitychange", load);
  }, []);
  const all = orders.value ?? [];
  if (all.length === 0 && trouble.value === null) return null;
  return (
    <section class="card stack">
      <h2>{say.title}</h2>
      {trouble.value !== null && (
        <p class="note bad small" role="alert">
          {trouble.value}
        </p>
      )}
      <ul class="facts lined">
        {all.map((order) => (
          <Purchase key={order.id} of={order} />
        ))}
      </ul>
      {olderOrders.value !== null && (
        <div>
          <button type="button" class="button" onClick={() => void loadOlderOrders().catch(tell)}>
            {t().money.more}
          </button>
        </div>
      )}
    </section>
  );
}
