import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { answer } from "../client";
import { download } from "../download";
import { moment, shortId } from "../format";
import { money } from "../money";
import type { AdminOrder, OrderStatus } from "../api";
import { isSelling } from "../state/offers";
import { Id } from "./Jobs";
import { OrderDetail } from "./OrderDetail";
import { api, say, tell } from "./state";
import { Trouble } from "./Tools";

const ACCOUNT_CHARS = 12;

/** What an operator has to look at. */
export function remarksOn({ anomaly, shortage, credits_taken_back }: AdminOrder): string[] {
  const words = say().orders;
  return [
    ...(anomaly === null ? [] : [words.anomaly(anomaly)]),
    ...(shortage > 0 ? [words.shortage(shortage)] : []),
    ...(credits_taken_back > 0 ? [words.takenBack(credits_taken_back)] : []),
  ];
}

function Line({ of, onOpen }: { of: AdminOrder; onOpen: () => void }) {
  const words = say().orders;
  const needsLook = of.anomaly !== null || of.shortage > 0;
  return (
    <tr>
      <td>
        <button type="button" class="id" aria-label={words.open(shortId(of.id))} onClick={onOpen}>
          {shortId(of.id)}
        </button>
      </td>
      <td>{moment(of.created_at)}</td>
      <td>
        <Id id={of.account}>{`${of.account.slice(0, ACCOUNT_CHARS)}…`}</Id>
      </td>
      <td>{words.statuses[of.status]}</td>
      <td>{of.name}</td>
      <td class="number">{money(of.price)}</td>
      <td class="number">{of.refunded.minor > 0 && money(of.refunded)}</td>
      <td class={needsLook ? "late last" : "muted last"}>{remarksOn(of).join(" · ")}</td>
    </tr>
  );
}

interface Filter {
  status: string;
  account: string;
}

function Filters({ of, onChange }: { of: Filter; onChange: (to: Filter) => void }) {
  const words = say().orders;
  const id = useId();
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        const account = String(new FormData(event.currentTarget).get("buyer") ?? "").trim();
        onChange({ ...of, account });
      }}
    >
      <label for={`${id}-status`}>{words.status}</label>
      <select
        class="field narrow"
        id={`${id}-status`}
        value={of.status}
        onChange={(event) => onChange({ ...of, status: event.currentTarget.value })}
      >
        <option value="">{words.anyStatus}</option>
        {Object.entries(words.statuses).map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <label for={`${id}-buyer`}>{words.buyer}</label>
      <input class="field account" id={`${id}-buyer`} name="buyer" maxLength={255} autocomplete="off" />
      <button class="button">{words.find}</button>
    </form>
  );
}

function Table({ of, title, onOpen }: { of: readonly AdminOrder[]; title: string; onOpen: (id: string) => void }) {
  const { columns } = say().orders;
  const isNumber = (name: string) => name === "price" || name === "refunded";
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-labelledby={title}>
      <table>
        <thead>
          <tr>
            {Object.entries(columns).map(([name, label]) => (
              <th key={name} scope="col" class={isNumber(name) ? "number" : ""}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody class="numbers">
          {of.map((order) => (
            <Line key={order.id} of={order} onOpen={() => onOpen(order.id)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The newest orders of all accounts, as far as they are loaded. */
function useOrders() {
  const filter = useSignal<Filter>({ status: "", account: "" });
  const orders = useSignal<AdminOrder[]>([]);
  const next = useSignal<string | null>(null);
  const trouble = useSignal<string | null>(null);

  async function load(cursor: string | null) {
    const asked = filter.peek();
    const { status, account } = asked;
    const query = {
      ...(status !== "" && { status: status as OrderStatus }),
      ...(account && { account }),
      ...(cursor !== null && { cursor }),
    };
    try {
      const { data } = await answer(api.GET("/v1/admin/orders", { params: { query } }));
      // A slow answer to an earlier question.
      if (filter.peek() !== asked) return;
      orders.value = cursor === null ? data.orders : [...orders.value, ...data.orders];
      next.value = data.next_cursor;
      trouble.value = null;
    } catch (error) {
      trouble.value = tell(error);
    }
  }

  async function save() {
    try {
      const { data } = await answer(api.GET("/v1/admin/orders.csv", { parseAs: "blob" }));
      download(data, "atelier-orders.csv");
    } catch (error) {
      trouble.value = tell(error);
    }
  }

  useEffect(() => void load(null), [filter.value]);

  return { filter, orders, next, trouble, load, save };
}

/** The list of orders; nothing where nothing is or was sold. */
export function Orders() {
  const words = say().orders;
  const id = useId();
  const { filter, orders, next, trouble, load, save } = useOrders();
  const opened = useSignal<string | null>(null);
  const isFiltered = filter.value.status !== "" || filter.value.account !== "";
  if (!isSelling.value && !isFiltered && orders.value.length === 0 && trouble.value === null) return null;
  const open = orders.value.find((order) => order.id === opened.value);
  return (
    <section class="card stack">
      <div class="spread">
        <h2 id={id}>{words.list}</h2>
        <button type="button" class="button" onClick={() => void save()}>
          {words.csv}
        </button>
      </div>
      <Filters of={filter.value} onChange={(to) => (filter.value = to)} />
      <Trouble text={trouble.value} />
      {orders.value.length === 0 ? (
        <p class="muted">{words.none}</p>
      ) : (
        <Table of={orders.value} title={id} onOpen={(order) => (opened.value = order)} />
      )}
      {next.value !== null && (
        <div>
          <button type="button" class="button" onClick={() => void load(next.value)}>
            {say().more}
          </button>
        </div>
      )}
      {open !== undefined && (
        <OrderDetail
          key={open.id}
          of={open}
          onChange={(to) => (orders.value = orders.peek().map((one) => (one.id === to.id ? to : one)))}
          onClose={() => {
            opened.value = null;
            void load(null);
          }}
        />
      )}
    </section>
  );
}
