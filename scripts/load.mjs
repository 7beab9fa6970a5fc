// `make load`: many users at once, for SECONDS (30), and prints how long each route takes. Called by with-system.sh, with
// an emulated provider. It fails if a job is lost, an answer is a 5xx, or the audit of all accounts finds something.
//
// USERS (40) each do what people do, one thing after the other: two pictures are uploaded, a price is asked for, a picture
// is made and followed at the pace that `Retry-After` says, opened, and the credits are looked at; one in ten jobs is
// canceled, and one in ten is sent twice. Nothing but 127.0.0.1 is spoken to.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const address = process.env.ATELIER_URL;
const [seconds, users] = [Number(process.env.SECONDS ?? 30), Number(process.env.USERS ?? 40)];
if (!new URL(address).hostname.startsWith("127.")) throw new Error(`${address} is not this machine`);
if (!(seconds > 0 && seconds <= 600 && users > 0 && users <= 500)) throw new Error("at most 600 SECONDS and 500 USERS");

const pictures = ["samples/person-woman.jpg", "samples/garment-linen-shirt.png"].map((file) => readFileSync(file));
const operator = { authorization: `Bearer ${process.env.ATELIER_ADMIN_TOKEN}` };

/** How long each route took, in milliseconds, and what it answered. */
const took = new Map();
const answers = new Map();
const count = (of, name) => of.set(name, (of.get(name) ?? 0) + 1);

async function call(route, path, { token, body, headers = {} } = {}) {
  const began = performance.now();
  const isPicture = body instanceof Buffer;
  const response = await fetch(address + path, {
    method: route.split(" ")[0],
    body: isPicture || body === undefined ? body : JSON.stringify(body),
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && !isPicture && { "content-type": "application/json" }),
      ...headers,
    },
  });
  const content = Buffer.from(await response.arrayBuffer());
  took.set(route, [...(took.get(route) ?? []), performance.now() - began]);
  count(answers, `${response.status} ${route}`);
  const isJson = response.headers.get("content-type")?.includes("json");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(content) : content };
}

/** Every job that was accepted, by its id, and how it ended. */
const jobs = new Map();

async function follow(id, token) {
  let tag;
  for (;;) {
    const headers = tag ? { "if-none-match": tag } : {};
    const { status, headers: said, body } = await call("GET /v1/jobs/{id}", `/v1/jobs/${id}`, { token, headers });
    if (status === 200) jobs.set(id, body.status);
    tag = said.get("etag") ?? tag;
    const wait = said.get("retry-after");
    if (status < 300 && wait === null) return body;
    await sleep(1000 * Number(wait ?? 1));
  }
}

async function generate(token, number) {
  const upload = (bytes) => call("POST /v1/uploads", "/v1/uploads", { token, body: bytes });
  const [photo, garment] = await Promise.all(pictures.map(upload));
  if (photo.status !== 201 || garment.status !== 201) return;
  const body = { photo: photo.body.id, garment: garment.body.id };
  await call("POST /v1/quotes", "/v1/quotes", { token, body });
  const headers = { "idempotency-key": `load-${number}` };
  const send = () => call("POST /v1/generate", "/v1/generate", { token, body, headers });
  const [sent, again] = await Promise.all([send(), ...(number % 10 === 1 ? [send()] : [])]);
  if (sent.status !== 202) return;
  const id = sent.body.id;
  if (again?.status === 202 && again.body.id !== id)
    throw new Error(`one key made two jobs: ${id} and ${again.body.id}`);
  jobs.set(id, sent.body.status);
  if (number % 10 === 0) await call("POST /v1/jobs/{id}/cancel", `/v1/jobs/${id}/cancel`, { token });
  const job = await follow(id, token);
  for (const { url } of job.images ?? []) await call("GET /v1/images/…", new URL(url).pathname + new URL(url).search);
  await call("GET /v1/credits", "/v1/credits", { token });
}

async function user(number, until) {
  const { body: session } = await call("POST /v1/session", "/v1/session", { body: {} });
  const grant = { account: session.account, credits: 10_000, kind: "paid", reference: `load-${number}` };
  await call("POST /v1/admin/grants", "/v1/admin/grants", { body: grant, headers: operator });
  for (let made = 0; Date.now() < until; made++) await generate(session.token, users * made + number);
  await call("GET /v1/jobs", "/v1/jobs", { token: session.token });
  await call("GET /v1/credits/history", "/v1/credits/history", { token: session.token });
}

async function audit() {
  const problems = [];
  for (let cursor = ""; cursor !== null;) {
    const { status, body } = await call("GET /v1/admin/audit", `/v1/admin/audit${cursor}`, { headers: operator });
    if (status !== 200) return [`the audit answers ${status}`];
    problems.push(...body.problems.map(({ account, problem }) => `${account}: ${problem}`));
    cursor = body.next_cursor ? `?cursor=${body.next_cursor}` : null;
  }
  return problems;
}

const began = Date.now();
const until = began + seconds * 1000;
await Promise.all(Array.from({ length: users }, (_, number) => user(number, until)));
const lasted = (Date.now() - began) / 1000;
const found = await audit();

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(1);
console.log(
  `\n${users} users for ${lasted.toFixed(0)} s, ${(jobs.size / lasted).toFixed(1)} generations a second, in milliseconds:\n`,
);
console.log(`${"".padEnd(28)}${"calls".padStart(8)}${"p50".padStart(9)}${"p99".padStart(9)}`);
for (const [route, times] of [...took].sort()) {
  const sorted = times.sort((a, b) => a - b);
  console.log(
    `${route.padEnd(28)}${String(times.length).padStart(8)}${quantile(sorted, 0.5).padStart(9)}${quantile(sorted, 0.99).padStart(9)}`,
  );
}
const ends = new Map();
for (const state of jobs.values()) count(ends, state);
const lost = [...jobs].filter(([, state]) => !["completed", "canceled", "failed"].includes(state));
const broken = [...answers].filter(([answer]) => answer.startsWith("5"));
console.log(`\nJobs: ${[...ends].map(([state, many]) => `${many} ${state}`).join(", ")}; lost: ${lost.length}`);
console.log(
  `Answers: ${[...answers]
    .sort()
    .map(([answer, many]) => `${many} × ${answer}`)
    .join(", ")}`,
);
console.log(found.length === 0 ? "The audit of all accounts finds nothing." : `The audit finds:\n${found.join("\n")}`);
if (jobs.size === 0 || lost.length + broken.length + found.length > 0) {
  console.error("Jobs were lost, answers were 5xx, or the books do not balance.");
  process.exitCode = 1;
}
