// `make cost`: makes pictures, counts what Cloudflare bills for it, and prints dollars per million generations, beside
// a simple design on the same platform. Called by with-system.sh, for a system whose Worker is cost/counting.js.
//
// GENERATIONS (50) are made, ten at a time, each as the page does: a photo and a garment are uploaded, a price is asked
// for, the job is followed at the pace that `Retry-After` says, its picture is opened and the credits are read. The
// provider is the emulator, which takes as long as a model does. What cron does each minute is not in it. What the
// pictures' thumbnails add, which the page stores, is told apart.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const address = process.env.ATELIER_URL;
const generations = Number(process.env.GENERATIONS ?? 50);
const { date, plan, usd } = JSON.parse(readFileSync(new URL("cost/prices.json", import.meta.url), "utf8"));

/** A picture as a provider makes it, kept for as long as results are. */
const MIB_PER_RESULT = 1;
const MONTHS_KEPT = 1;
/** As objects are billed, whatever they use: 128 MB. */
const OBJECT_GB = 0.128;

/** What the same takes where nothing is frozen and no object is asked: a row for the job and one for the balance are
 *  updated where they stand, the browser asks each second, and each line of the log is kept. Counted by hand. */
const SIMPLE = {
  worker_requests: 2 + 1 + 1 + 12 + 1 + 1,
  worker_cpu_ms: 18 * 0.7,
  d1_rows_read: 40,
  d1_rows_written: 2 * 2 + 3 + 2 + 4,
  r2_class_a: 3,
  r2_class_b: 3,
  r2_gb_months: (MIB_PER_RESULT / 1024) * MONTHS_KEPT,
  log_lines: 18,
};

let token;
async function call(method, path, body, headers = {}) {
  const isPicture = body instanceof Buffer;
  const response = await fetch(address + path, {
    method,
    body: isPicture || body === undefined ? body : JSON.stringify(body),
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && !isPicture && { "content-type": "application/json" }),
      ...headers,
    },
  });
  if (!response.ok && response.status !== 304)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response;
}
const json = async (...args) => (await call(...args)).json();

/** A thumbnail as the page makes it, for what it weighs is hardly anything: a PNG of one pixel. */
const THUMBNAIL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const pictures = ["samples/person-woman.jpg", "samples/garment-linen-shirt.png"].map((file) => readFileSync(file));

async function generate(number) {
  const [photo, garment] = await Promise.all(pictures.map((bytes) => json("POST", "/v1/uploads", bytes)));
  const request = { photo: photo.id, garment: garment.id };
  await json("POST", "/v1/quotes", request);
  const { id } = await json("POST", "/v1/generate", request, { "idempotency-key": `cost-${number}` });
  let tag;
  for (;;) {
    const response = await call("GET", `/v1/jobs/${id}`, undefined, tag ? { "if-none-match": tag } : {});
    const wait = response.headers.get("retry-after");
    tag = response.headers.get("etag");
    if (wait !== null) {
      await sleep(Number(wait) * 1000);
      continue;
    }
    const job = await response.json();
    if (job.status !== "completed") throw new Error(`${id} is ${job.status}`);
    for (const { url } of job.images) await (await fetch(url)).arrayBuffer();
    break;
  }
  await json("GET", "/v1/credits");
  return id;
}

/** Milliseconds of processor time that the runtime has used. */
function runtimeCpu() {
  const out = execFileSync("ps", ["-eo", "pid=,ppid=,cputimes=,comm="], { encoding: "utf8" });
  const lines = out
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const isOurs = (pid) => {
    for (let at = lines.find(([id]) => id === pid); at; at = lines.find(([id]) => id === at[1]))
      if (at[0] === process.env.ATELIER_SYSTEM) return true;
    return false;
  };
  const runtimes = lines.filter(([pid, , , name]) => name === "workerd" && isOurs(pid));
  const ticks = (pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  return runtimes.reduce((sum, [pid]) => sum + ticks(pid) * 10, 0);
}

function print(counts) {
  const names = Object.keys(usd);
  const of = (use, name) => ((use[name] ?? 0) * 1e6 * usd[name].price) / usd[name].per;
  const total = (use) => names.reduce((sum, name) => sum + of(use, name), 0);
  const money = (amount) => `$${amount.toFixed(2)}`.padStart(9);
  const count = (amount) => amount.toFixed(amount < 1 ? 5 : 1).padStart(9);
  console.log(`\nA generation with a photo and a garment, and a million of them at the prices of ${date} (${plan}):\n`);
  console.log(`${"".padEnd(20)}${"each".padStart(9)}${"$/million".padStart(11)}${"simple design".padStart(17)}`);
  for (const name of names) {
    const [use, price, simple] = [counts[name] ?? 0, of(counts, name), of(SIMPLE, name)];
    console.log(`${name.padEnd(20)}${count(use)}${money(price).padStart(11)}${money(simple).padStart(17)}`);
  }
  console.log(`${"".padEnd(29)}${money(total(counts)).padStart(11)}${money(total(SIMPLE)).padStart(17)}\n`);
}

const session = await json("POST", "/v1/session", {});
token = session.token;
const admin = { authorization: `Bearer ${process.env.ATELIER_ADMIN_TOKEN}` };
await json(
  "POST",
  "/v1/admin/grants",
  { account: session.account, credits: 100_000, kind: "paid", reference: "cost" },
  admin,
);
await generate("warm");
await json("GET", "/v1/counts");
const before = runtimeCpu();
let made = 0;
const jobs = [];
const maker = async () => {
  while (made < generations) jobs.push(await generate(made++));
};
await Promise.all(Array.from({ length: 10 }, maker));
const cpu = runtimeCpu() - before;
const counted = await json("GET", "/v1/counts");
const each = Object.fromEntries(Object.entries(counted).map(([name, amount]) => [name, amount / generations]));
print({
  ...each,
  worker_cpu_ms: cpu / generations,
  object_gb_seconds: ((each.object_ms ?? 0) / 1000) * OBJECT_GB,
  r2_gb_months: (MIB_PER_RESULT / 1024) * MONTHS_KEPT,
});
for (const id of jobs) await json("PUT", `/v1/jobs/${id}/thumbnails/0`, THUMBNAIL);
const ofThumbnails = await json("GET", "/v1/counts");
const thumbnails = Object.keys(usd).map((name) => ((ofThumbnails[name] ?? 0) / generations / usd[name].per) * usd[name].price);
const added = thumbnails.reduce((sum, price) => sum + price, 0) * 1e6;
console.log(
  `With a thumbnail of each picture $${added.toFixed(2)} more: ` +
    Object.entries(ofThumbnails)
      .filter(([name]) => name in usd)
      .map(([name, amount]) => `${amount / generations} ${name}`)
      .join(", "),
);
console.log(
  "The processor time is that of the whole local runtime, with its database, storage and proxies: an upper bound.",
);
console.log(
  `${each.d1_batches} batches of ${each.d1_statements} statements, ${each.object_requests} calls of an object`,
);
