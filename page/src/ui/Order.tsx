import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { date, shortId } from "../format";
import { t } from "../i18n";
import { words } from "../i18n/shop";
import { money } from "../money";
import type { Order } from "../api";
import { explain } from "../problems";
import { comesFrom, isSafe } from "../state/checkout";
import { lack } from "../state/composer";
import { credits } from "../state/credits";
import { isSelling } from "../state/offers";
import { follow, isAwaited, type Followed } from "../state/orders";
import { links, route } from "../state/route";
import { announce } from "./Announcer";
import { Icon } from "./Icon";

/** The time after which waiting is longer than usual, in milliseconds. */
const USUAL_MS = 30_000;

/** What has become of an order, in sentences. */
function storyOf(order: Order, isLong: boolean): string[] {
  const say = words().order;
  const back = [
    ...(order.refunded.minor > 0 ? [say.refunded(money(order.refunded))] : []),
    ...(order.credits_taken_back > 0 ? [say.takenBack(order.credits_taken_back)] : []),
    ...(order.shortage > 0 ? [say.shortage(order.shortage)] : []),
  ];
  switch (order.status) {
    case "created":
    case "open":
      return [isLong ? say.longer : say.waiting];
    case "pending":
      return [say.pending];
    case "paid":
      return [say.paid(order.credits), ...(credits.value === null ? [] : [say.have(credits.value.available)])];
    case "failed":
      return [order.needs_help ? say.misfit : say.failed];
    case "expired":
      return [say.expired];
    case "refunded":
    case "partly_refunded":
      return order.shortage > 0 ? [...back, say.blocked] : back;
    case "disputed":
      return [say.disputed, ...back];
  }
}

/** Where to pay, or what was paid, if the address may be opened. */
export function PaymentReceipt({ of }: { of: Order }) {
  const say = words();
  if (of.receipt_url === null || !isSafe(of.receipt_url)) return null;
  return (
    <a
      class="button"
      href={of.receipt_url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={say.purchases.receiptWhich(of.name, date(of.created_at))}
    >
      {say.order.receipt}
    </a>
  );
}

/** What to do next. */
function Onward({ of, isLong }: { of: Order; isLong: boolean }) {
  const say = words().order;
  const isUnpaid = of.status === "failed" || of.status === "expired";
  return (
    <div class="row actions">
      {isUnpaid && isSelling.value && (
        <a class="button primary" href={links.getCredits}>
          {say.again}
        </a>
      )}
      {!isUnpaid && (
        <a class={`button ${of.status === "paid" ? "primary" : ""}`} href={comesFrom()}>
          {lack.value === null ? say.onward : say.dress}
        </a>
      )}
      <PaymentReceipt of={of} />
      <a class="button" href={links.credits}>
        {t().dress.seeCredits}
      </a>
      {isLong && of.status === "open" && of.url !== null && isSafe(of.url) && (
        <p class="small whole">
          {say.unpaid} <a href={of.url}>{say.pay}</a>
        </p>
      )}
    </div>
  );
}

function Facts({ of }: { of: Order }) {
  const say = words().order;
  return (
    <dl class="facts small">
      <div class="spread">
        <dt>{of.name}</dt>
        <dd class="numbers">{money(of.price)}</dd>
      </div>
      <div class="spread">
        <dt>{say.when}</dt>
        <dd>{date(of.paid_at ?? of.created_at)}</dd>
      </div>
      <div class="spread">
        <dt>{say.id}</dt>
        <dd title={of.id}>{shortId(of.id)}</dd>
      </div>
    </dl>
  );
}

function Shown({ of, isLong }: { of: Order; isLong: boolean }) {
  return (
    <>
      <div class="card stack" data-order={of.status}>
        <div class="told">
          {(of.status === "created" || of.status === "open") && <span class="spinner" />}
          {of.status === "paid" && <Icon name="check" />}
          <p>{t().sentences(storyOf(of, isLong))}</p>
        </div>
        <Facts of={of} />
      </div>
      <Onward of={of} isLong={isLong} />
    </>
  );
}

/** Nobody has this order, or somebody else. */
function Absent() {
  return (
    <>
      <p>{words().order.absentWhat}</p>
      <div>
        <a class="button" href={links.credits}>
          {t().dress.seeCredits}
        </a>
      </div>
    </>
  );
}

/** A purchase: waits for its payment, and says what has become of it. */
export function OrderPage() {
  const say = words().order;
  const at = route.value;
  const id = at.page === "order" ? at.id : "";
  const now = useSignal<Followed>({ order: null, isAbsent: false, trouble: null });
  const isLong = useSignal(false);
  useEffect(() => {
    now.value = { order: null, isAbsent: false, trouble: null };
    isLong.value = false;
    const timer = setTimeout(() => (isLong.value = true), USUAL_MS);
    const stop = follow(id, (news) => (now.value = news));
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [id]);
  const { order, isAbsent, trouble } = now.value;
  const status = order?.status;
  // What is waited for is announced when it changes, and when it takes long.
  useEffect(() => {
    if (order !== null) announce(`${say.titles[order.status]}: ${t().sentences(storyOf(order, isLong.peek()))}`);
  }, [status]);
  useEffect(() => {
    if (isLong.value && order !== null && isAwaited(order.status)) announce(t().sentences(storyOf(order, true)));
  }, [isLong.value]);
  return (
    <div class="stack narrow">
      {/* One heading throughout: it has the focus. */}
      <h1>{order !== null ? say.titles[order.status] : isAbsent ? say.absent : t().nav.order}</h1>
      {order !== null && <Shown of={order} isLong={isLong.value} />}
      {isAbsent && <Absent />}
      {order === null && !isAbsent && trouble === null && <p class="muted">{say.loading}</p>}
      {trouble !== null && (
        <p class="note bad small" role="status">
          {order === null ? explain(trouble).text : say.silent}
        </p>
      )}
    </div>
  );
}
