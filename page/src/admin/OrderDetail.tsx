import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { answer, NoAnswer, Refusal } from "../client";
import { shortId, toTheSecond } from "../format";
import { majorOf, minorOf, money, withMinor } from "../money";
import type { AdminOrder, NewRefund } from "../api";
import { remarksOn } from "./Orders";
import { api, say } from "./state";
import { Trouble, useAction } from "./Tools";

function Facts({ of }: { of: AdminOrder }) {
  const words = say().orders;
  const facts: [string, string | null][] = [
    [words.columns.account, of.account],
    [words.columns.status, words.statuses[of.status]],
    [words.columns.offer, of.name],
    [words.columns.date, toTheSecond(of.paid_at ?? of.created_at)],
    [words.columns.price, money(of.price)],
    [words.columns.refunded, money(of.refunded)],
    [words.processor, of.processor],
    [words.payment, of.payment],
    [words.session, of.session],
    [words.package, of.package],
  ];
  return (
    <dl class="facts small">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? words.nothing}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A refund that is larger than what was not spent. */
interface Loss {
  refund: NewRefund;
  text: string;
}

/** A refund was made: what to say, and the order as it is now. */
type Done = (text: string, to: AdminOrder) => void;

/** Makes a refund, with one key however often the same one is sent. */
function useRefund(of: AdminOrder, onDone: Done) {
  const words = say().orders;
  const loss = useSignal<Loss | null>(null);
  const sent = useRef({ what: "", key: "" });
  const { isBusy, trouble, run } = useAction();

  /** Asks before money is lost. */
  function check(refund: NewRefund): Loss | null {
    const { refundable } = of;
    const amount = refund.amount ?? null;
    if (amount === null || amount <= refundable.minor) return null;
    const [whole, more] = [withMinor(of.price, amount), withMinor(of.price, amount - refundable.minor)];
    return { refund, text: words.loss(money(whole), money(refundable), money(more)) };
  }

  async function send(body: NewRefund) {
    const what = JSON.stringify(body);
    if (sent.current.what !== what) sent.current = { what, key: crypto.randomUUID() };
    const params = { path: { id: of.id }, header: { "Idempotency-Key": sent.current.key } };
    try {
      const { data } = await answer(api.POST("/v1/admin/orders/{id}/refund", { params, body }));
      sent.current = { what: "", key: "" };
      loss.value = null;
      const { id, status } = data.refund;
      // What is left unspent is known again once the list is loaded; until then whatever goes back is asked about.
      const refundable = withMinor(of.price, 0);
      onDone(words.refundedTo(money(data.refund), id, status), { ...of, ...data.order, refundable });
    } catch (error) {
      if (error instanceof NoAnswer || (error instanceof Refusal && error.isPassing)) {
        trouble.value = words.unclear;
        return;
      }
      const isLoss = error instanceof Refusal && error.problem.code === "conflict" && body.accept_loss !== true;
      if (!isLoss) throw error;
      // More was spent meanwhile, or it was not known how much.
      loss.value = { refund: body, text: error.problem.detail };
    }
  }

  function begin(refund: NewRefund) {
    loss.value = check(refund);
    if (loss.peek() === null) void run(() => send(refund));
  }

  const accept = ({ refund }: Loss) => void run(() => send({ ...refund, accept_loss: true }));
  return { begin, accept, loss, isBusy, trouble };
}

function RefundForm({ of, onDone }: { of: AdminOrder; onDone: Done }) {
  const words = say().orders;
  const id = useId();
  const { begin, accept, loss, isBusy, trouble } = useRefund(of, onDone);
  const currency = of.price.currency.toUpperCase();
  const { refundable } = of;

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const entered = String(data.get("amount") ?? "").trim();
    const reason = String(data.get("reason") ?? "").trim();
    const amount = entered === "" ? undefined : minorOf(entered, of.price);
    trouble.value = amount === null || amount === 0 ? words.notAnAmount(currency) : null;
    if (amount !== null && amount !== 0) begin({ reason, ...(amount !== undefined && { amount }) });
  }

  return (
    <form class="stack" onSubmit={submit} onInput={() => (loss.value = null)}>
      <h3>{words.refund}</h3>
      <div class="input">
        <label for={`${id}-amount`}>{words.amount(currency)}</label>
        <input
          class="field"
          id={`${id}-amount`}
          name="amount"
          inputMode="decimal"
          autocomplete="off"
          aria-describedby={`${id}-unspent`}
          defaultValue={refundable.minor === 0 ? "" : majorOf(refundable)}
        />
        <p class="small muted" id={`${id}-unspent`}>
          {words.unspent(money(refundable))}
        </p>
      </div>
      <div class="input">
        <label for={`${id}-reason`}>{words.reason}</label>
        <input class="field" id={`${id}-reason`} name="reason" required maxLength={255} autocomplete="off" />
      </div>
      {loss.value === null ? (
        <div>
          <button class="button primary" disabled={isBusy.value}>
            {isBusy.value ? say().busy : words.refundRun}
          </button>
        </div>
      ) : (
        <div class="note bad stack" role="alert">
          <p>{loss.value.text}</p>
          <div class="row">
            <button
              type="button"
              class="button"
              disabled={isBusy.value}
              onClick={() => loss.value !== null && accept(loss.value)}
            >
              {isBusy.value ? say().busy : words.lossYes}
            </button>
            <button type="button" class="button" onClick={() => (loss.value = null)}>
              {words.lossNo}
            </button>
          </div>
        </div>
      )}
      <Trouble text={trouble.value} />
    </form>
  );
}

interface Props {
  of: AdminOrder;
  onChange: (to: AdminOrder) => void;
  onClose: () => void;
}

/** An order with all that is known of it, and its refund. */
export function OrderDetail({ of, onChange, onClose }: Props) {
  const words = say().orders;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const done = useSignal<string | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // Not a button: a premature Enter does nothing.
    title.current?.focus();
  }, []);
  const remarks = remarksOn(of);
  const hasMoney = of.status === "paid" || of.status === "partly_refunded";
  return (
    <dialog class="order" ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div class="stack">
        <div class="spread">
          <h2 id={id} ref={title} tabIndex={-1} title={of.id}>
            {words.title(shortId(of.id))}
          </h2>
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            {words.close}
          </button>
        </div>
        {remarks.length > 0 && <p class="note bad">{remarks.join(" · ")}</p>}
        <Facts of={of} />
        {of.receipt_url?.startsWith("https://") && (
          <p class="small">
            <a href={of.receipt_url} target="_blank" rel="noopener noreferrer">
              {words.receipt}
            </a>
          </p>
        )}
        {/* A second refund is deliberate: the order is opened again for it. */}
        {hasMoney && done.value === null && (
          <RefundForm
            of={of}
            onDone={(text, to) => {
              done.value = text;
              onChange(to);
              title.current?.focus();
            }}
          />
        )}
        <p role="status">{done.value}</p>
      </div>
    </dialog>
  );
}
