import { useSignal } from "@preact/signals";
import { expiry } from "../format";
import { t } from "../i18n";
import { isShort, isTooEarly, lack, model, price, quote, takesWords, type Lack } from "../state/composer";
import { credits } from "../state/credits";
import { explain, explainSetback } from "../problems";
import { needsSignIn } from "../session";
import { isBurst, pressOnce } from "../state/burst";
import { dress, isRetrying, isSending, isUnclear, madeAlready, setback } from "../state/dress";
import { scarce } from "../state/limits";
import { loadModels, modelsTrouble } from "../state/models";
import { isSelling } from "../state/offers";
import { links, route } from "../state/route";

/** What still has to be chosen. */
function hintOf(missing: Lack): string {
  const say = t().dress;
  if (missing === "photo") return say.needPhoto;
  if (missing === "words") return say.needWords;
  return takesWords.value && model.value?.takes.garment !== "required" ? say.needGarment : say.needPicture;
}

function GetCredits() {
  return (
    <a class="button primary" href={links.getCredits}>
      {t().nav.getCredits}
    </a>
  );
}

/** Which packages pay, and what is left. */
function Costs() {
  const say = t().dress;
  const [cost, have] = [price.value, credits.value];
  // It may have been charged already.
  if (cost === null || have === null || isUnclear.value) {
    const first = needsSignIn.value ? [t().problems.signInFirst] : [];
    return <p class="costs muted">{t().sentences([say.safe, ...first])}</p>;
  }
  if (isShort.value) {
    return (
      <p class="costs">
        {t().sentences([say.short(cost, have.available, have.held), say.cheaper])}{" "}
        {isSelling.value ? <GetCredits /> : <a href={links.credits}>{say.seeCredits}</a>}
      </p>
    );
  }
  const kinds = new Map(have.packages.map((one) => [one.id, one.kind]));
  const from = quote.value?.from.map((line) => {
    const until = line.expires_at === null ? null : expiry(line.expires_at);
    return say.from(line.credits, say.packageOf(kinds.get(line.package) ?? "paid", until));
  });
  return <p class="costs muted">{t().sentences([say.costs(from ?? [], have.available - cost), say.safe])}</p>;
}

/** What is left of a limit, once that is little. */
function Left() {
  const say = t().limits;
  const lines = scarce.value.map(({ name, limit, used }) => say.left[name](Math.max(0, limit - used), limit));
  return lines.length === 0 ? null : <p class="costs muted">{t().sentences(lines)}</p>;
}

/** Says that this choice was already requested, with a link unless it is on the same page. */
function Already({ job }: { job: string }) {
  const say = t().dress;
  const at = route.value;
  if (at.page === "dress" && at.job === job) return null;
  return (
    <p class="already">
      {say.already} <a href={links.job(job)}>{say.seeIt}</a>
    </p>
  );
}

/** The element where the missing input is entered. */
const WHERE: Record<Lack, string> = {
  photo: '[data-input="person"]',
  garment: '[data-input="garment"]',
  words: '[data-input="words"]',
};

/** Scrolls to an input and focuses it. */
function lead(where: string): void {
  const input = document.querySelector(where);
  input?.scrollIntoView({ block: "center" });
  input?.querySelector<HTMLElement>("input, textarea")?.focus({ preventScroll: true });
}

/** The button, and the price. */
export function DressBar() {
  const say = t().dress;
  const wasPressed = useSignal(false);
  const missing = lack.value;
  const trouble = setback.value === null ? null : explainSetback(setback.value);
  const isComplete = missing === null && price.value !== null && !isShort.value;
  const isReady = !isSending.value && (isComplete || isUnclear.value);
  const made = isSending.value || isUnclear.value ? null : madeAlready.value;

  function press() {
    wasPressed.value = true;
    if (isReady || isBurst.value) return void dress();
    isTooEarly.value = true;
    if (missing !== null) lead(WHERE[missing]);
  }

  const called = made === null ? say.button : say.another;
  const label = isSending.value ? say.busy : price.value === null ? say.noPrice : called(price.value);
  // Until there is something to press it for, it would only cover what there is to choose.
  const sticks = missing === null || isSending.value || isUnclear.value || trouble !== null;
  return (
    <div class={sticks ? "go sticks" : "go"}>
      {modelsTrouble.value !== null && (
        <div class="note bad spread" role="alert">
          <p>{explain(modelsTrouble.value).text}</p>
          <button type="button" class="button" onClick={() => void loadModels()}>
            {t().problems.retry}
          </button>
        </div>
      )}
      {trouble !== null && (
        <div class="note bad" role="alert">
          <p>{trouble.text}</p>
          {trouble.detail !== undefined && <p class="small">{trouble.detail}</p>}
        </div>
      )}
      <button
        type="button"
        class={`button big ${made === null ? "primary" : ""}`}
        aria-disabled={!isReady || isBurst.value}
        aria-describedby="costs"
        data-dress
        onKeyDown={pressOnce}
        onClick={press}
      >
        {label}
      </button>
      <div id="costs" role={wasPressed.value ? "status" : undefined}>
        {isRetrying.value ? (
          <p class="costs">{t().sentences([t().problems.noAnswer, t().problems.keeps])}</p>
        ) : missing !== null ? (
          <p class="costs muted">{hintOf(missing)}</p>
        ) : (
          <>
            {made !== null && <Already job={made} />}
            <Costs />
            <Left />
          </>
        )}
      </div>
    </div>
  );
}
