// Other people's libraries sign callbacks for the running Worker: with the right key they must be
// accepted (200), and if old, tampered with, truncated, unsigned or signed with another key,
// refused (401, or of events of payments 400).
import { createHash, createHmac, createPrivateKey, randomBytes, sign as signWithKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect } from "./tally.mjs";

/** The seed that the emulator publishes the key of at fal's address. It protects nothing. */
const LOCAL_SEED = Buffer.from("atelier-local-ed25519-seed-bytes");
/** Whatever stands before an Ed25519 seed in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
/** How old or how new a signature may not be, in seconds: above what receivers take. */
const AGE = 600;

/** Completes a job at each provider that signs, and then signs its callback anew. */
export async function signers({ tally, load, versions, python, worker, log, secrets, pictures }) {
  const { Webhook: Standard } = await load("standardwebhooks");
  const { Webhook: Svix } = await load("svix");
  const pypi = (name) => `PyPI ${name} ${versions[`PyPI ${name}`] ?? versions[name]}`;
  const hmacs = [
    [
      `npm standardwebhooks ${versions.standardwebhooks}`,
      async (of) => new Standard(of.secret).sign(of.id, date(of), of.body),
    ],
    [`npm svix ${versions.svix}`, async (of) => new Svix(of.secret).sign(of.id, date(of), of.body)],
    [pypi("standardwebhooks"), (of) => python("sign", { signer: "standardwebhooks", ...of })],
  ];
  for (const provider of ["replicate", "kling"]) {
    const callback = await called(provider, { worker, log, pictures });
    const of = { secret: secrets(`${provider.toUpperCase()}_WEBHOOK_SECRET`), headers: standardHeaders };
    for (const [signer, sign] of hmacs)
      await variants({ tally, provider, signer, sign, of, callback, other: otherSecret });
  }
  const callback = await called("fal", { worker, log, pictures });
  const user = "local|emulator";
  const of = { seed: LOCAL_SEED.toString("hex"), user, id: callback.body.request_id, headers: falHeaders };
  const other = (of) => ({ ...of, seed: randomBytes(32).toString("hex") });
  for (const [signer, sign] of [
    [`node:crypto ${process.version}`, ed25519],
    [pypi("pynacl"), (of) => python("sign", { signer: "pynacl", ...of })],
  ])
    await variants({ tally, provider: "fal", signer, sign, of, callback, other });
  const kie = await called("kie", { worker, log, pictures });
  await taskIdAlone({ tally, callback: kie, secret: secrets("KIE_WEBHOOK_SECRET") });
  await payments({ tally, load, versions, worker, secrets });
}

/** Events of the processors of payments, of a kind that nobody knows: they are accepted, and change nothing. */
async function payments({ tally, load, versions, worker, secrets }) {
  const { default: Stripe } = await load("stripe", "esm/stripe.esm.node.js");
  const { Webhook: Standard } = await load("standardwebhooks");
  const { webhooks } = new Stripe("sk_test_signer");
  const created = Math.floor(Date.now() / 1000);
  const object = { id: "unknown_1", object: "unknown" };
  const told = { id: "evt_unknown", object: "event", api_version: Stripe.API_VERSION, created, livemode: false };
  const processors = [
    {
      provider: "stripe",
      signer: `npm stripe ${versions.stripe}`,
      sign: async ({ body: payload, secret, timestamp }) =>
        webhooks.generateTestHeaderString({ payload, secret, timestamp }),
      headers: (_, signature) => ({ "stripe-signature": signature }),
      body: { ...told, data: { object }, type: "unknown.type" },
    },
    {
      provider: "polar",
      signer: `npm standardwebhooks ${versions.standardwebhooks}`,
      // Polar's key is the secret as text, and this library's the base64 of one.
      sign: async (of) => new Standard(Buffer.from(of.secret).toString("base64")).sign(of.id, date(of), of.body),
      headers: standardHeaders,
      body: { type: "unknown.type", timestamp: new Date(created * 1000).toISOString(), data: object },
    },
  ];
  for (const { provider, signer, sign, headers, body } of processors) {
    // There are two of them while one is being rotated.
    const [secret] = secrets(`${provider.toUpperCase()}_WEBHOOK_SECRET`).split(",");
    const callback = { url: `${worker}/v1/webhooks/payments/${provider}`, body };
    const of = { secret: secret.trim(), headers };
    await variants({ tally, provider, signer, sign, of, callback, other: otherSecret, refusal: 400 });
  }
}

const date = ({ timestamp }) => new Date(timestamp * 1000);
const otherSecret = (of) => ({ ...of, secret: `whsec_${randomBytes(32).toString("base64")}` });

const standardHeaders = ({ id, timestamp }, signature) => ({
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": signature,
});

const falHeaders = ({ id, timestamp, user }, signature) => ({
  "x-fal-webhook-request-id": id,
  "x-fal-webhook-user-id": user,
  "x-fal-webhook-timestamp": String(timestamp),
  "x-fal-webhook-signature": signature,
});

async function ed25519({ seed, id, user, timestamp, body }) {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.from(seed, "hex")]), format: "der", type: "pkcs8" });
  const digest = createHash("sha256").update(body).digest("hex");
  return signWithKey(null, Buffer.from([id, user, timestamp, digest].join("\n")), key).toString("hex");
}

/** One signer's good signature, and each way in which one can be bad. */
async function variants({ tally, provider, signer, sign, of, callback, other, refusal = 401 }) {
  const body = JSON.stringify(callback.body);
  const now = () => Math.floor(Date.now() / 1000);
  const fresh = () => ({ ...of, id: of.id ?? `msg_${randomBytes(12).toString("hex")}`, timestamp: now(), body });
  const attempt = (name, status, make) =>
    tally.call(signer, `${provider}: ${name} -> ${status}`, async () => {
      const { headers = {}, body: sent = body } = await make();
      const answer = await fetch(callback.url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: sent,
      });
      expect(answer.status === status, `${answer.status} ${await answer.text()}`);
    });
  const signed = async (given, change = (signature) => signature) => ({
    headers: given.headers(given, change(await sign(plain(given)))),
  });
  await attempt("right", 200, () => signed(fresh()));
  await attempt("right, once more", 200, () => signed(fresh()));
  await attempt("ten minutes old", refusal, () => signed({ ...fresh(), timestamp: now() - AGE }));
  await attempt("ten minutes early", refusal, () => signed({ ...fresh(), timestamp: now() + AGE }));
  await attempt("another key", refusal, () => signed(other(fresh())));
  const given = fresh();
  // Stripe's id is in the body alone.
  if (Object.values(of.headers(given, "")).includes(given.id))
    await attempt("another id", refusal, async () => {
      const given = fresh();
      const { headers } = await signed(given);
      const [name] = Object.entries(headers).find(([, value]) => value === given.id);
      return { headers: { ...headers, [name]: `${given.id}0` } };
    });
  await attempt("a body changed afterwards", refusal, async () => ({ ...(await signed(fresh())), body: `${body} ` }));
  await attempt("half of the signature", refusal, () =>
    signed(fresh(), (signature) => signature.slice(0, signature.length / 2)),
  );
  await attempt("an empty signature", refusal, () => signed(fresh(), () => ""));
  await attempt("no headers", refusal, async () => ({}));
}

/** What a signer needs to know. */
const plain = ({ secret, seed, user, id, timestamp, body }) =>
  Object.fromEntries(
    Object.entries({ secret, seed, user, id, timestamp, body }).filter(([, value]) => value !== undefined),
  );

/** KIE signs the task's id and the timestamp, and not the body, which stays unverified. */
async function taskIdAlone({ tally, callback, secret }) {
  const signer = `node:crypto ${process.version}`;
  const now = Math.floor(Date.now() / 1000);
  for (const [name, status, key, at] of [
    ["right", 200, secret, now],
    ["ten minutes old", 401, secret, now - AGE],
    ["another key", 401, `${secret}x`, now],
  ])
    await tally.call(signer, `kie: ${name} -> ${status}`, async () => {
      const signature = createHmac("sha256", key).update(`${callback.body.data.taskId}.${at}`).digest("base64");
      const headers = { "x-webhook-timestamp": String(at), "x-webhook-signature": signature };
      const answer = await fetch(callback.url, { method: "POST", headers, body: JSON.stringify(callback.body) });
      expect(answer.status === status, `${answer.status} ${await answer.text()}`);
    });
}

/** Completes a job at a provider, and returns the callback that completed it, from the log. */
async function called(provider, { worker, log, pictures }) {
  const call = async (path, body, headers = {}) => {
    const isPicture = Buffer.isBuffer(body);
    const answer = await fetch(worker + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { ...headers, ...(!isPicture && body !== undefined && { "content-type": "application/json" }) },
      body: isPicture || body === undefined ? body : JSON.stringify(body),
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  };
  const { token } = await call("/v1/session", { account: `signers of ${provider}` });
  const bearer = { authorization: `Bearer ${token}` };
  const { models } = await call("/v1/models");
  const model = models.find((model) => model.provider === provider && model.takes.garment !== "unsupported");
  const photo = (await call("/v1/uploads", await readFile(pictures.person), bearer)).id;
  const garment = (await call("/v1/uploads", await readFile(pictures.garment), bearer)).id;
  const { id } = await call("/v1/generate", { model: model.id, photo, garment }, bearer);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const job = await call(`/v1/jobs/${id}`, undefined, bearer);
    if (job.status === "completed") break;
    if (!["queued", "running", "storing"].includes(job.status) || Date.now() > deadline)
      throw new Error(`${provider}: the job is ${job.status}: ${JSON.stringify(job.error)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const lines = (await readFile(log, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const callbacks = lines.filter(({ callback }) => callback?.includes(`/v1/webhooks/${provider}/`));
  const last = callbacks.at(-1);
  expect(last?.status === 200, `${provider} has not called back: ${JSON.stringify(last)}`);
  return { url: last.callback.replace("POST ", ""), body: last.body };
}
