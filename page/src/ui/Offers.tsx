import { signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { NoAnswer, Refusal } from "../client";
import { modelName } from "../format";
import { t } from "../i18n";
import { words } from "../i18n/shop";
import { money, share } from "../money";
import type { Money, Offer } from "../api";
import { explain, type Trouble } from "../problems";
import { isSignedIn, loadSite, needsSignIn, site } from "../session";
import { pressOnce } from "../state/burst";
import { buy, isRetrying, opening, ready, refused, tapped, UnsafeAddress, wanted } from "../state/checkout";
import { model } from "../state/composer";
import { models } from "../state/models";
import { offers, processor } from "../state/offers";
import { local } from "../storage";

const CURRENCY = "atelier.currency";
/** The currency that was chosen in this browser; null for each offer's first. */
const currency = signal(local.getItem(CURRENCY));

const priceOf = (offer: Offer): Money | undefined =>
  offer.prices.find((one) => one.currency === currency.value) ?? offer.prices[0];

/** All currencies that something is sold in, the default one first. */
const currencies = (): string[] => [
  ...new Set(offers.value.flatMap(({ prices }) => prices.map((one) => one.currency))),
];

function CurrencyChoice() {
  const id = useId();
  const all = currencies();
  if (all.length < 2) return null;
  const chosen = currency.value;
  return (
    <div class="row">
      <label class="small muted" for={id}>
        {words().offers.currency}
      </label>
      <select
        class="field narrow-field"
        id={id}
        value={chosen !== null && all.includes(chosen) ? chosen : all[0]}
        onChange={(event) => {
          currency.value = event.currentTarget.value;
          local.setItem(CURRENCY, event.currentTarget.value);
        }}
      >
        {all.map((code) => (
          <option key={code} value={code}>
            {code.toUpperCase()}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The model that pictures are counted with: the chosen one, or a cheaper one if an offer is not enough for it. */
function countedWith() {
  const least = Math.min(...offers.value.map((one) => one.credits));
  const chosen = model.value;
  if (chosen === undefined || chosen.credits_per_image <= least) return chosen;
  return models.value.toSorted((a, b) => a.credits_per_image - b.credits_per_image)[0];
}

/** How many pictures an offer is good for, and what one costs. */
function Pictures({ offer, price }: { offer: Offer; price: Money }) {
  const say = words().offers;
  const each = countedWith()?.credits_per_image;
  if (each === undefined || each > offer.credits) return null;
  const cost = share(price, each / offer.credits);
  return (
    <p>
      {say.pictures(Math.floor(offer.credits / each))}
      {cost !== null && (
        <>
          <br />
          <span class="muted">{say.each(cost)}</span>
        </>
      )}
    </p>
  );
}

function OfferCard({ of: offer, isWanted, heading: Heading }: { of: Offer; isWanted: boolean; heading: "h2" | "h3" }) {
  const say = words().offers;
  const price = priceOf(offer);
  if (price === undefined) return null;
  const isThis = opening.value === offer.id;
  const sold = t().credits(offer.credits);
  return (
    <li class={`card offer ${offer.is_highlighted ? "highlighted" : ""}`} data-offer={offer.id}>
      <div class="spread">
        <Heading class="label">{offer.name}</Heading>
        {offer.is_highlighted && <span class="pill">{say.highlighted}</span>}
      </div>
      <p class="price numbers">{money(price)}</p>
      <div class="what small">
        {offer.name !== sold && <p>{sold}</p>}
        <Pictures offer={offer} price={price} />
        <p class="muted">{offer.expires_after_days === null ? say.forever : say.lasts(offer.expires_after_days)}</p>
      </div>
      {/* A button that is disabled would lose the focus. */}
      <button
        type="button"
        class={`button ${offer.is_highlighted || isWanted || offers.value.length === 1 ? "primary" : ""}`}
        aria-disabled={opening.value !== null}
        aria-label={isThis ? undefined : say.buyWhich(offer.name, money(price))}
        onKeyDown={pressOnce}
        onClick={() => void buy(offer, price)}
      >
        {isThis ? say.opening : say.buy(money(price))}
      </button>
      <Said about={offer} />
    </li>
  );
}

/** Why no payment page was opened; that nothing was charged is part of it. */
function troubleOf(error: unknown): Trouble & { isForUs?: boolean; isOld?: boolean } {
  const say = words().offers;
  if (error instanceof UnsafeAddress) return { text: say.unsafe, detail: t().problems.free, isForUs: true };
  if (error instanceof Refusal) {
    const { code, reason, status } = error.problem;
    if (reason === "shortage") return { text: say.shortage, isForUs: true };
    if (reason === "disputed") return { text: say.disputed, isForUs: true };
    if (code === "invalid_request" || status === 404) return { text: say.changed, isOld: true };
    if (code === "account_blocked") return { ...explain(error), isForUs: true };
    if (code === "rate_limited" || status === 429) return { text: explain(error).text, detail: t().problems.free };
  }
  if (error instanceof Refusal || error instanceof NoAnswer) return { text: explain(error).text, detail: say.again };
  return explain(error);
}

function Refused({ error }: { error: unknown }) {
  const { text, detail, isForUs, isOld } = troubleOf(error);
  const contact = site.value?.links.contact ?? null;
  return (
    <div class="note bad small" role="alert">
      <p>{t().sentences(detail === undefined ? [text] : [text, detail])}</p>
      {isOld && (
        <button type="button" class="button" onClick={() => location.reload()}>
          {t().problems.reload}
        </button>
      )}
      {isForUs && contact !== null && (
        <a class="button" href={contact} rel="noreferrer">
          {words().offers.contact}
        </a>
      )}
    </div>
  );
}

/** What is said about the last tap, at the offer itself: there it is seen on a phone, too. */
function Said({ about }: { about: Offer }) {
  const say = words().offers;
  const isAbout = tapped.value === about.id;
  return (
    <>
      <div role="status">
        {isAbout && isRetrying.value && <p class="note small">{say.retrying}</p>}
        {isAbout && ready.value !== null && (
          <div class="note small">
            <p>{say.ready}</p>
            <a class="button primary" href={ready.value}>
              {say.goThere}
            </a>
          </div>
        )}
      </div>
      {isAbout && refused.value !== null && <Refused error={refused.value} />}
    </>
  );
}

/** What is sold, side by side. */
export function Offers({ heading }: { heading: "h2" | "h3" }) {
  const say = words().offers;
  const counted = countedWith();
  const choice = wanted();
  // What went wrong is about this visit.
  useEffect(() => {
    if (opening.peek() === null) refused.value = null;
    return () => void (ready.value = null);
  }, []);
  return (
    <>
      <CurrencyChoice />
      {choice !== null && isSignedIn.value === true && opening.value === null && (
        <p class="note" role="status">
          {say.back}
        </p>
      )}
      <ul class="offers">
        {offers.value.map((offer) => (
          <OfferCard key={offer.id} of={offer} isWanted={choice === offer.id} heading={heading} />
        ))}
      </ul>
      <p class="small muted">
        {t().sentences([
          ...(counted === undefined ? [] : [say.counted(modelName(counted.id), counted.credits_per_image)]),
          say.small(processor.value),
          ...(needsSignIn.value ? [say.signInFirst] : []),
        ])}
      </p>
    </>
  );
}

/** Getting credits, as a page of its own, which visitors can read, too. */
export function GetCredits() {
  const trouble = useSignal<unknown>(null);
  const load = () => {
    trouble.value = null;
    loadSite().catch((error: unknown) => (trouble.value = error));
  };
  useEffect(load, []);
  return (
    <div class="stack wide">
      <h1>{t().nav.getCredits}</h1>
      {trouble.value !== null ? (
        <div class="note bad spread" role="alert">
          <p>{explain(trouble.value).text}</p>
          <button type="button" class="button" onClick={load}>
            {t().problems.retry}
          </button>
        </div>
      ) : site.value === null ? (
        <p class="muted">{t().loading}</p>
      ) : offers.value.length === 0 ? (
        <p>{words().offers.none}</p>
      ) : (
        <Offers heading="h2" />
      )}
    </div>
  );
}
