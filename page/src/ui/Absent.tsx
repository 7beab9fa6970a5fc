import { t } from "../i18n";
import { silence } from "../state/jobs";
import { links } from "../state/route";

/** A job that the server does not have. */
export function Absent({ why }: { why: "deleted" | "unknown" }) {
  const say = t().absent;
  return (
    <div class="card stack" data-status="absent">
      <h1 class="title">{say[why]}</h1>
      <p role="status">{why === "deleted" ? say.deletedWhat : say.unknownWhat}</p>
      <div class="row">
        <a class="button" href={links.history}>
          {t().history.all}
        </a>
        <a class="button" href={links.credits}>
          {t().dress.seeCredits}
        </a>
      </div>
    </div>
  );
}

/** Why a job cannot be polled, if that is so. */
export function Silence() {
  if (silence.value === null) return null;
  const say = t().problems;
  return (
    <p class="note bad small" role="status">
      {silence.value === "offline" ? say.retrying : say.failing}
    </p>
  );
}

/** A job of which nothing is known yet. */
export function Awaited() {
  return (
    <div class="card stack" data-awaited>
      <h1 class="title">{t().absent.awaited}</h1>
      <div class="preview">
        <span class="spinner" />
      </div>
      <Silence />
    </div>
  );
}
