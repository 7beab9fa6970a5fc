// Audits and journals, in the terminal.
//
//   node scripts/books.mjs audit [account]     replays the journal of one account or of all; of all, it compares
//                                              orders with grants and payments, too
//   node scripts/books.mjs journal account     prints an account's journal as CSV
//
// URL is the Worker's address, ADMIN_TOKEN its secret; the default is the system on this machine.
import { readFileSync } from "node:fs";

const url = process.env.URL ?? `http://127.0.0.1:${process.env.PORT ?? 8787}`;
const token =
  process.env.ADMIN_TOKEN ?? readFileSync(".dev.vars", "utf8").match(/^ADMIN_TOKEN\s*=\s*"?([^"\n]*)"?/m)?.[1];

async function get(path, parameters) {
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(parameters)) if (value) address.searchParams.set(name, value);
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${address.pathname}: ${response.status} ${(await response.json()).detail}`);
  return response;
}

async function audit(account) {
  const sum = { accounts: 0, entries: 0, open_holds: 0, problems: [] };
  let cursor;
  do {
    const page = await (await get("/v1/admin/audit", { account, cursor })).json();
    for (const name of ["accounts", "entries", "open_holds"]) sum[name] += page[name];
    sum.problems.push(...page.problems);
    sum.anchored_on = page.anchored_on;
    cursor = page.next_cursor;
  } while (cursor);
  if (account && sum.accounts === 0) throw new Error(`There is no account ${account}.`);
  for (const { account, problem } of sum.problems) console.log(`${account}: ${problem}`);
  const verdict = sum.problems.length === 0 ? "The books are right" : `${sum.problems.length} accounts are not right`;
  console.log(`${verdict}: ${sum.accounts} accounts, ${sum.entries} journal rows, ${sum.open_holds} open holds.`);
  const anchor = sum.anchored_on ? `the anchor of ${sum.anchored_on}` : "no anchor: there is none yet";
  console.log(`They were compared with ${anchor}.`);
  return sum.problems.length === 0 ? 0 : 1;
}

/** Compares grants with orders, and the orders of the last week with what the processors list. */
async function auditOrders() {
  const { ok, payments, problems } = await (await get("/v1/admin/orders/audit", {})).json();
  for (const problem of problems) console.log(problem);
  const verdict = ok ? "Orders and payments fit" : `${problems.length} orders or payments do not fit`;
  console.log(`${verdict}: ${payments} payments were compared with what their processors say.`);
  return ok ? 0 : 1;
}

async function journal(account) {
  if (!account) throw new Error("which account? `make journal ACCOUNT=…`");
  let after;
  do {
    const response = await get("/v1/admin/journal.csv", { account, after });
    const text = await response.text();
    process.stdout.write(after ? text.slice(text.indexOf("\n") + 1) : text);
    after = response.headers.get("x-next-cursor");
  } while (after);
  return 0;
}

const [, , what, account] = process.argv;
try {
  process.exitCode = await { audit, journal }[what](account);
  if (what === "audit" && !account) process.exitCode ||= await auditOrders();
} catch (error) {
  const isDown = error.cause?.code === "ECONNREFUSED";
  console.error(
    isDown ? `Nothing answers at ${url}: run \`make start\` first, or set URL and ADMIN_TOKEN.` : error.message,
  );
  process.exitCode = 2;
}
