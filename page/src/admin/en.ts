import type { Package, State } from "../api";

const states: Record<State, string> = {
  dispatching: "Queued",
  running: "Running",
  uncertain: "Uncertain",
  storing: "Storing",
  completed: "Completed",
  failed: "Failed",
  canceled: "Canceled",
  expired: "Expired",
};

export const en = {
  states,
  title: "Operators",
  token: "Operator's token",
  tokenHint: "ADMIN_TOKEN. It stays in this tab, and is gone when the tab is closed.",
  enter: "Look",
  leave: "Forget the token",
  wrong: "This token is not taken.",
  refresh: "Look again",
  at: (when: string, swept: string) => `As of ${when}, ${swept}`,
  swept: (when: string) => `the sweep last ran ${when}`,
  neverSwept: "the sweep has never run",
  jobs: "Jobs by state",
  noJobs: "No jobs yet.",
  oldest: "Oldest open job",
  noOpen: "None is open.",
  age: (seconds: number) =>
    seconds < 120
      ? `${Math.round(seconds)} s`
      : seconds < 7200
        ? `${Math.round(seconds / 60)} min`
        : `${Math.round(seconds / 3600)} h`,
  past: "Holds past their deadline",
  pastFine: "All holds are in time.",
  pastBad: "The sweep should have released these.",
  unlisted: "Results on hosts that are not listed",
  unlistedText: (provider: string, jobs: number, since: string) =>
    jobs === 1 ? `1 job of ${provider} waits, since ${since}` : `${jobs} jobs of ${provider} wait, since ${since}`,
  unlistedHow:
    "Add each host that is the provider's to RESULT_HOSTS and deploy: what waits is then fetched, and charged if its hold is still open.",
  providers: "Providers",
  healthy: "Takes jobs",
  failing: (count: number) => `${count} failures in a row`,
  resting: (until: string) => `Rests until ${until}`,
  needsOperator: "Needs you: credit or key",
  times: "How long models take, last day",
  timesText: (model: string, p50: number, p90: number, count: number) =>
    `${model}: half within ${p50} s, nine of ten within ${p90} s, of ${count}`,
  noTimes: "Nothing was completed within a day.",
  credits: "Where all credits are",
  granted: (count: string) => `${count} granted`,
  parts: { remaining: "Can be used", held: "Held", spent: "Spent", expired: "Expired", clawed_back: "Taken back" },
  liability: "What can still be used, by expiry",
  never: "never",
  margins: "Margin by model, last 30 days",
  margin: (margin: string, paid: string, cost: string, jobs: number) =>
    `${margin} (${paid} paid, ${cost} cost, ${jobs} jobs)`,
  noMargins: "No job whose cost is known.",
  list: "Jobs",
  state: "State",
  anyState: "Any",
  stale: "Only holds past their deadline",
  none: "No such jobs.",
  columns: {
    job: "Job",
    account: "Account",
    state: "State",
    model: "Model",
    age: "Age",
    hold: "Hold",
    last: "Last word",
  },
  copy: "copy all of it",
  copied: "Copied",
  more: "Show more",
  audit: "Audit",
  auditWhat: "Replays every account's journal, and compares it with packages and holds.",
  auditRun: "Replay the books",
  auditing: (accounts: number) => `${accounts} accounts so far…`,
  auditOk: (accounts: string, entries: string, holds: string) =>
    `The books are right: ${accounts} accounts, ${entries} entries, ${holds} open holds.`,
  auditBad: (count: number) => `${count} problems`,
  selftest: "Self-test",
  selftestWhat: "Tries the callback address, secrets, database, pictures and the cron.",
  selftestRun: "Try everything",
  passed: "Works",
  failed: "Does not work",
  grant: "Grant credits",
  account: "Account (the user's name, or acc_…)",
  amount: "Credits",
  kind: "Kind",
  kinds: { promo: "Gift", paid: "Bought" },
  expires: "Expires (empty: never)",
  reference: "Reference (the same one is granted once)",
  grantRun: "Grant",
  grantedTo: ({ id, granted }: Package, account: string, when: string) =>
    `${account} has ${id}: ${granted} credits, granted ${when}.`,
  newAccount: (name: string) => `Nobody of the name “${name}” has an account yet. Make one and grant?`,
  newAccountYes: "Make it and grant",
  newAccountNo: "No, change the name",
  newAccountMade: (text: string) => `${text} The account is new.`,
  busy: "One moment…",
};

export type Words = typeof en;
