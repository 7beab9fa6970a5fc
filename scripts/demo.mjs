// The main job, walked through in the terminal: uploads a photo and a garment, generates, follows
// the job, saves the picture and prints what it cost. Called by demo.sh, which provides a system.
//
//   node scripts/demo.mjs [photo] [garment]
//
// OFFER, such as small, has it buy credits first, and pay at the emulated processor.
// PROMPT adds a prompt for the provider; with the emulator, a hashtag in it causes a fault (see
// emulator/README.md). PORT is the Worker's port, by default 8787.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const address = `http://127.0.0.1:${process.env.PORT ?? 8787}`;
const [photo = "samples/person-woman.jpg", garment = "samples/garment-linen-shirt.png"] = process.argv.slice(2);

let token;

/** Calls a route, and returns its JSON. A failure is reported with the Worker's message. */
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
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.code}: ${answer.detail}`);
  return { answer, response };
}

/** A model without a prompt gets the emulator's hashtags in the garment's pixels. */
async function labelled(file, words) {
  const emulator = `${process.env.CARGO_TARGET_DIR ?? "target"}/debug/atelier-emulator`;
  const directory = await mkdtemp(join(tmpdir(), "atelier-demo-"));
  const to = join(directory, "garment.png");
  execFileSync(emulator, ["label", file, words, to]);
  const bytes = await readFile(to);
  await rm(directory, { recursive: true });
  return bytes;
}

async function upload(file, words = "") {
  const bytes = words ? await labelled(file, words) : await readFile(file);
  const { answer } = await call("POST", "/v1/uploads", bytes);
  console.log(`uploaded   ${file} (${answer.width} x ${answer.height}, ${answer.bytes} bytes) as ${answer.id}`);
  return answer.id;
}

async function follow(id) {
  let shown;
  for (;;) {
    const { answer: job, response } = await call("GET", `/v1/jobs/${id}`);
    if (job.status !== shown)
      console.log(`${job.status.padEnd(10)} ${job.eta_seconds ? `about ${job.eta_seconds} s to go` : ""}`);
    shown = job.status;
    const wait = response.headers.get("retry-after");
    if (wait === null) return job;
    await sleep(Number(wait) * 1000);
  }
}

async function save(job) {
  for (const [index, image] of job.images.entries()) {
    const response = await fetch(image.url);
    if (!response.ok) throw new Error(`GET ${image.url}: ${response.status}`);
    const file = `demo-${job.id}-${index}.${image.content_type.split("/")[1]}`;
    const bytes = Buffer.from(await response.arrayBuffer());
    await writeFile(file, bytes);
    console.log(`saved      ${file} (${image.width} x ${image.height}, ${bytes.length} bytes)`);
  }
}

/** Buys an offer: the order, the payment on the processor's page, and the credits. */
async function buy(offer) {
  const { answer: checkout } = await call("POST", "/v1/checkout", { offer });
  console.log(`ordered    ${offer}: ${checkout.order}, to be paid at ${checkout.url}`);
  const paid = await fetch(checkout.url, {
    method: "POST",
    body: new URLSearchParams({ do: "pay" }),
    redirect: "manual",
  });
  if (paid.status !== 303) throw new Error(`the payment page answered ${paid.status}`);
  for (;;) {
    const { answer: order } = await call("GET", `/v1/orders/${checkout.order}`);
    if (order.status === "paid") {
      console.log(`paid       ${order.price.text} for ${order.credits} credits: ${order.package}`);
      return;
    }
    await sleep(1000);
  }
}

function printReceipt(job, before, after) {
  const { quoted, paid, returned, waived } = job.credits;
  console.log(`\nReceipt of ${job.id}`);
  for (const line of job.receipt) {
    const until = line.expires_at ? `expires ${line.expires_at}` : "never expires";
    console.log(`  ${line.package}  ${String(line.credits).padStart(4)} credits  (${until})`);
  }
  console.log(`  quoted ${quoted}, paid ${paid}, returned ${returned}${waived ? ", waived" : ""}`);
  console.log(`  balance ${before} -> ${after}`);
}

try {
  const session = await call("POST", "/v1/session", {});
  token = session.answer.token;
  const balance = async () => (await call("GET", "/v1/credits")).answer.available;
  console.log(`signed in  as ${session.answer.account}, with ${await balance()} credits`);
  if (process.env.OFFER) await buy(process.env.OFFER);
  const before = await balance();
  const { models } = (await call("GET", "/v1/models")).answer;
  const model = models.find(({ id }) => id === (process.env.MODEL ?? models[0].id));
  if (!model) throw new Error(`MODEL is not one of ${models.map(({ id }) => id).join(", ")}`);
  const takes = (input) => model.takes[input] !== "unsupported";
  const words = process.env.PROMPT ?? "";
  const generation = {
    model: model.id,
    photo: await upload(photo),
    ...(takes("garment") && { garment: await upload(garment, takes("prompt") ? "" : words) }),
    ...(model.aspect_ratios.includes("3:4") && { aspect_ratio: "3:4" }),
    ...(takes("prompt") && words && { prompt: words }),
    ...(model.takes.prompt === "required" && !words && { prompt: "a white linen shirt" }),
    ...(process.env.COUNT && { count: Number(process.env.COUNT) }),
  };
  const { answer: placed } = await call("POST", "/v1/generate", generation, {
    "idempotency-key": `demo-${Date.now()}`,
  });
  console.log(`asked      ${placed.model} for ${placed.credits.quoted} credits: ${placed.id}`);
  const job = await follow(placed.id);
  await save(job);
  if (job.error) console.log(`\n${job.error.message}`);
  const after = await balance();
  printReceipt(job, before, after);
  if (before - after !== job.credits.paid) throw new Error("the balance did not go down by what was paid");
  process.exitCode = job.status === "completed" ? 0 : 1;
} catch (error) {
  const isDown = error.cause?.code === "ECONNREFUSED";
  console.error(
    isDown ? `Nothing answers at ${address}: run \`make start\` in another terminal first.` : error.message,
  );
  process.exitCode = 1;
}
