import { useEffect, useRef } from "preact/hooks";
import { isSignedOut } from "../client";
import { focusHeading, isFocusLost } from "../focus";
import { t } from "../i18n";
import { justMade } from "../state/dress";
import { absenceOf, isOpen, jobOf, look } from "../state/jobs";
import { isAsArrived } from "../state/route";
import { Absent, Awaited } from "./Absent";
import { Failure } from "./Failure";
import { Guide } from "./Guide";
import { Progress } from "./Progress";
import { Result } from "./Result";

/** What there is to show of a job, and a name for the kind of it. */
function shownOf(id: string | null) {
  const job = id === null ? undefined : jobOf(id);
  const absence = id === null ? undefined : absenceOf(id);
  if (job === undefined) {
    if (absence !== undefined) return { kind: "absent", card: <Absent why={absence} /> };
    if (id === null || isSignedOut.value) return { kind: "guide", card: <Guide /> };
    return { kind: "awaited", card: <Awaited /> };
  }
  if (isOpen(job.status)) return { kind: "open", card: <Progress job={job} /> };
  if (job.status === "completed") return { kind: "result", card: <Result job={job} /> };
  return { kind: "failure", card: <Failure job={job} /> };
}

/** What becomes of the click: how it goes, what came of it, or how it goes best. */
export function Stage({ id }: { id: string | null }) {
  const region = useRef<HTMLElement>(null);
  const hadFocus = useRef(false);
  const { kind, card } = shownOf(id);

  useEffect(() => {
    if (id === null) return;
    if (jobOf(id) === undefined) void look(id);
    // A click leads to where the picture will be; a mere link leaves the focus where it is.
    if (justMade.value === id && isAsArrived()) region.current?.focus({ preventScroll: true });
    justMade.value = null;
  }, [id]);

  // What had the focus may be gone with its card: the next card takes it.
  useEffect(() => {
    if (hadFocus.current && isFocusLost()) focusHeading(region.current);
  }, [id, kind]);

  return (
    <section
      class="stage"
      data-job={id}
      aria-label={t().nav.picture}
      tabIndex={-1}
      ref={region}
      onFocusIn={() => (hadFocus.current = true)}
      onFocusOut={(event) => (hadFocus.current = event.relatedTarget === null)}
    >
      <div key={id}>{card}</div>
    </section>
  );
}
