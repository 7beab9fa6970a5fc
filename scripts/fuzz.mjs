// Sends random requests, valid and invalid, to every route of docs/openapi.json, and compares each
// answer with it: none may be a 5xx, or undocumented. Called by `make fuzz`, with a system of its
// own. Real ids are mixed in, so that requests get past the first check. Arguments go to
// `schemathesis run`.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const address = process.env.ATELIER_URL;
const operator = process.env.ATELIER_ADMIN_TOKEN;
const config = "test-artefacts/schemathesis.toml";

async function call(method, path, body, token) {
  const isPicture = body instanceof Buffer;
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    "content-type": isPicture ? "image/png" : "application/json",
  };
  const response = await fetch(address + path, {
    method,
    headers,
    body: isPicture || body === undefined ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function finished(id, token) {
  for (;;) {
    const job = await call("GET", `/v1/jobs/${id}`, undefined, token);
    if (job.status === "completed") return job;
    await sleep(500);
  }
}

const account = "fuzz";
const { token } = await call("POST", "/v1/session", { account });
const grant = { account, credits: 100_000, kind: "paid", reference: "fuzz" };
const { package: bought } = await call("POST", "/v1/admin/grants", grant, operator);
const picture = readFileSync("samples/garment-linen-shirt.png");
const photo = await call("POST", "/v1/uploads", picture, token);
const jobs = [];
for (let round = 0; round < 3; round++) {
  const generation = () => call("POST", "/v1/generate", { photo: photo.id, prompt: "a red shirt" }, token);
  const open = await Promise.all([generation(), generation(), generation()]);
  jobs.push(...(await Promise.all(open.map((job) => finished(job.id, token)))));
}
const link = new URL(jobs[0].images[0].url);

/** A session of somebody who signs in with a code, as a browser's cookie. Routes that end it have sessions of their own. */
async function signedIn(email) {
  const headers = { "content-type": "application/json" };
  const asked = await fetch(`${address}/v1/auth/email`, { method: "POST", headers, body: JSON.stringify({ email }) });
  const [cookie] = asked.headers.getSetCookie()[0].split(";");
  for (;;) {
    const { mails } = await (await fetch(`${process.env.ATELIER_EMULATOR_URL}/mailbox.json?to=${email}`)).json();
    const code = /code=(\d+)/.exec(mails.at(-1)?.text ?? "")?.[1];
    if (code !== undefined) {
      const body = JSON.stringify({ code });
      const entered = await fetch(`${address}/v1/auth/email/verify`, {
        method: "POST",
        headers: { ...headers, cookie },
        body,
      });
      return entered.headers.getSetCookie()[0].split(";")[0];
    }
    await sleep(200);
  }
}
const session = await signedIn("fuzz@example.com");
const listed = await fetch(`${address}/v1/sessions`, { headers: { cookie: session } });
const { sessions } = await listed.json();

const { models } = await call("GET", "/v1/models");
const dictionaries = {
  accounts: [account],
  uploads: [photo.id],
  jobs: jobs.map((job) => job.id),
  packages: [bought.id],
  blocked: [(await call("GET", "/v1/me", undefined, (await call("POST", "/v1/session", {})).token)).account],
  sessions: [sessions[0].id, "ses_01M7VZGC000000000000000007"],
  methods: ["email", "google", "github", "oidc"],
  models: models.map((model) => model.id),
  ratios: [...new Set(models.flatMap((model) => model.aspect_ratios))],
};
const often = (dictionary) => ({ dictionary, probability: 0.7 });
const generation = {
  photo: often("uploads"),
  garment: often("uploads"),
  model: often("models"),
  aspect_ratio: often("ratios"),
};
const parameters = {
  "POST /v1/quotes": body(generation),
  "POST /v1/generate": body(generation),
  "POST /v1/admin/grants": body({ account: often("accounts") }),
  "POST /v1/admin/clawbacks": body({ account: often("accounts"), package: often("packages") }),
  "GET /v1/admin/audit": { "query.account": often("accounts") },
  "GET /v1/admin/journal.csv": { "query.account": often("accounts") },
  "GET /v1/jobs/{id}": { "path.id": often("jobs") },
  "DELETE /v1/jobs/{id}": { "path.id": often("jobs") },
  "POST /v1/jobs/{id}/cancel": { "path.id": often("jobs") },
  "POST /v1/jobs/{id}/report": { "path.id": often("jobs") },
  "POST /v1/admin/accounts/{id}/block": { "path.id": often("blocked") },
  "DELETE /v1/admin/accounts/{id}/block": { "path.id": often("blocked") },
  "GET /v1/auth/{method}/start": { "path.method": often("methods") },
  "GET /v1/auth/{method}/callback": { "path.method": often("methods") },
  "POST /v1/auth/{method}/link": { "path.method": often("methods") },
  "DELETE /v1/auth/{method}": { "path.method": often("methods") },
  "GET /v1/images/{key}": { key: link.pathname.replace("/v1/images/", ""), ...Object.fromEntries(link.searchParams) },
};

function body(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`body.${name}`, value]));
}

/** TOML, as far as it is needed here. */
const inline = (value) =>
  Array.isArray(value)
    ? `[${value.map(inline).join(", ")}]`
    : typeof value === "object"
      ? `{ ${Object.entries(value)
          .map(([name, one]) => `${JSON.stringify(name)} = ${inline(one)}`)
          .join(", ")} }`
      : JSON.stringify(value);

mkdirSync("test-artefacts", { recursive: true });
writeFileSync(
  config,
  `# A right request may still be refused, for what only the database knows.
checks.positive_data_acceptance.enabled = false
auth.openapi = { user = { bearer = "\${FUZZ_TOKEN}" }, operator = { bearer = "\${ATELIER_ADMIN_TOKEN}" } }
warnings = false
cache.enabled = false

[dictionaries]
${Object.entries(dictionaries)
  .map(([name, values]) => `${name} = ${inline({ values })}`)
  .join("\n")}
${Object.entries(parameters)
  .map(
    ([name, bindings]) => `
[[operations]]
include-name = ${JSON.stringify(name)}
parameters = ${inline(bindings)}
`,
  )
  .join("")}
# A static file, which is not served by the Worker.
[[operations]]
include-path = "/openapi.json"
checks.unsupported_method.enabled = false

# Sessions are cookies, which have another name here than in the document: so they are always sent.
[[operations]]
include-path-regex = "^/v1/auth/"
headers = { Cookie = ${JSON.stringify(session)}, Sec-Fetch-Site = "same-origin" }
checks.ignored_auth.enabled = false

# A redirect to the provider's pages is not followed.
[[operations]]
include-path-regex = "^/v1/auth/.method./(start|callback)$"
max-redirects = 0

# Whoever ends their sessions, or signs in as somebody else, does so in a session of their own.
[[operations]]
include-path-regex = "^/v1/(sessions|auth/sign-out|auth/email/verify)"
headers = { Cookie = ${JSON.stringify(await signedIn("other@example.com"))}, Sec-Fetch-Site = "same-origin" }
checks.ignored_auth.enabled = false

# These take nothing but the cookie, so nothing else can be wrong with a request.
[[operations]]
include-path = "/v1/sessions"
checks.negative_data_rejection.enabled = false

# A forgotten user would have nothing left to request.
[[operations]]
include-path = "/v1/account"
headers = { Authorization = "Bearer ${(await call("POST", "/v1/session", {})).token}" }
`,
);

const more = process.argv.slice(2);
const { status } = spawnSync(
  process.env.SCHEMATHESIS,
  ["--config-file", config, "run", "docs/openapi.json", "--url", address, "--continue-on-failure", ...more],
  {
    stdio: "inherit",
    env: { ...process.env, FUZZ_TOKEN: token, HYPOTHESIS_STORAGE_DIRECTORY: "test-artefacts/hypothesis" },
  },
);
process.exitCode = status ?? 1;
