import { useEffect, useRef } from "preact/hooks";
import { isSignedOut } from "../session";
import { focusHeading, isFocusLost } from "../focus";
import { t } from "../i18n";
import { justMade } from "../state/dress";
import { absenceOf, isOpen, jobOf, poll } from "../state/jobs";
import { isAsArrived } from "../state/route";
import { Absent, Awaited } from "./Absent";
import { Failure } from "./Failure";
import { Guide } from "./Guide";
import { Progress } from "./Progress";
import { Result } from "./Result";

/** The view of a job, and the name of its kind. */
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

/** The stage: progress, the result, or the guide. */
export function Stage({ id }: { id: string | null }) {
  const region = useRef<HTMLElement>(null);
  const hadFocus = useRef(false);
  const { kind, card } = shownOf(id);

  useEffect(() => {
    if (id === null) return;
    if (jobOf(id) === undefined) void poll(id);
    // A click moves the focus to where the picture will be; a plain link leaves it.
    if (justMade.value === id && isAsArrived()) region.current?.focus({ preventScroll: true });
    justMade.value = null;
  }, [id]);

  // The focused element may be removed with its card: the next card takes the focus.
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
