// The vendors' own clients against the emulator, and other people's signers against the Worker.
//
//   main.mjs clients [npm]   an emulator of its own; `npm` leaves out those of PyPI
//   main.mjs signers         beside a system that runs: ATELIER_URL, EMULATOR_LOG
//
// VENDORS is where scripts/setup.sh has put the clients, EMULATOR the emulator's program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { npmClients } from "./npm.mjs";
import { signers } from "./signers.mjs";
import { Tally } from "./tally.mjs";

const { VENDORS: home, EMULATOR: emulator } = process.env;
const [, , what, which] = process.argv;
const SCRIPT = new URL("clients.py", import.meta.url).pathname;
const KEY = "vendors-key";
/** What the emulator signs with: the same text for all, which is no base64. */
const SECRET = "whsec_vendors-secret";

/** Imports a package as its own `import` would, or a file of it. */
async function load(name, file) {
  const directory = join(home, "node_modules", name);
  const { exports, main } = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  const own = exports?.["."] ?? exports;
  const entry = file ?? (typeof own === "string" ? own : (own?.import ?? own?.default)) ?? main ?? "index.js";
  const path = typeof entry === "string" ? entry : (entry.default ?? entry.node);
  return import(pathToFileURL(join(directory, path)));
}

/** The versions that are installed, by name. */
async function versions() {
  const listed = JSON.parse(await readFile(join(home, "package.json"), "utf8")).dependencies;
  const pinned = (await readFile(join(home, "requirements.txt"), "utf8")).matchAll(/^([\w-]+)==(\S+)$/gm);
  const pypi = Object.fromEntries([...pinned].map(([, name, version]) => [name, version]));
  return { ...pypi, "PyPI standardwebhooks": pypi.standardwebhooks, ...listed };
}

/** Runs clients.py with something on its standard input; gives what it writes, line by line. */
async function* python(command, given) {
  const child = spawn(join(home, "python", "bin", "python"), [SCRIPT, command], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(given));
  yield* createInterface({ input: child.stdout });
  if (child.exitCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`clients.py ${command} has ended with ${child.exitCode}`);
}

async function signedInPython(command, { ...of }) {
  for await (const line of python(command, [of])) return JSON.parse(line)[0];
}

/** The first sample of each kind. */
async function samples() {
  const names = (await readdir("samples")).sort();
  const first = (kind) =>
    join(
      "samples",
      names.find((name) => name.startsWith(`${kind}-`) && /\.(png|jpe?g)$/.test(name)),
    );
  return { person: first("person"), garment: first("garment") };
}

/** Serves pictures, and takes callbacks; keeps the events of payments. */
async function pictureServer(files) {
  const events = [];
  const server = createServer(async (request, response) => {
    const file = files[request.url.slice(1)];
    if (request.url.startsWith("/events/")) {
      const parts = await request.toArray();
      events.push({ path: request.url, headers: request.headers, body: Buffer.concat(parts).toString() });
    }
    response.end(request.method === "GET" && file ? await readFile(file) : "");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, events, address: `http://127.0.0.1:${server.address().port}` };
}

/** Runs the emulator's program to its end. */
async function run(...given) {
  const [code] = await once(spawn(emulator, given, { stdio: "inherit" }), "exit");
  if (code !== 0) throw new Error(`${emulator} ${given.join(" ")} has ended with ${code}`);
}

/** An emulator on a free port, once it says where it is. The events of payments go to `sink`. */
async function started(directory, sink) {
  const secrets = ["--api-key", KEY, "--webhook-secret", SECRET];
  const places = ["--port", "0", "--log", join(directory, "emulator.log"), "--payments-webhook", sink];
  const options = [...secrets, ...places, "--work-ms", "600"];
  const child = spawn(emulator, options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /(http:\S+)\/evolink$/.exec(line);
    if (found) return { child, base: found[1] };
  }
  throw new Error("the emulator does not start");
}

/** A signed event of Stripe's, which a client in Python is to judge, too. */
function stripes(events) {
  const { headers, body } = events.find(({ path }) => path === "/events/stripe");
  return { header: headers["stripe-signature"], body };
}

async function clients() {
  const tally = new Tally();
  const directory = await mkdtemp(join(tmpdir(), "atelier-vendors-"));
  const files = { ...(await samples()), refused: join(directory, "refused.png") };
  await run("label", files.garment, "#refused", files.refused);
  const { server, events, address } = await pictureServer(files);
  const { child, base } = await started(directory, `${address}/events`);
  const names = Object.keys(files).map((name) => [name, `${address}/${name}`]);
  const pictures = { ...Object.fromEntries(names), sink: `${address}/callbacks` };
  try {
    const given = { base, key: KEY, secret: SECRET, pictures };
    await npmClients({ tally, load, versions: await versions(), events, ...given });
    if (which !== "npm")
      for await (const line of python("clients", { ...given, event: stripes(events) })) tally.note(JSON.parse(line));
  } finally {
    child.kill("SIGTERM");
    server.close();
    await rm(directory, { recursive: true });
  }
  console.log(`${tally.told("clients", "calls")}, ${tally.failures} failed`);
  return tally;
}

async function signatures() {
  const tally = new Tally();
  const kept = await readFile(".dev.vars", "utf8");
  const secrets = (name) => kept.match(new RegExp(`^${name}\\s*=\\s*"?([^"\\n]*)"?`, "m"))?.[1];
  const { ATELIER_URL: worker, EMULATOR_LOG: log } = process.env;
  const given = { tally, load, versions: await versions(), python: signedInPython, worker, log, secrets };
  await signers({ ...given, pictures: await samples() });
  console.log(`${tally.told("signers", "signatures")}, ${tally.failures} judged wrongly`);
  return tally;
}

const tally = await { clients, signers: signatures }[what]();
// Some clients keep connections open.
process.exit(tally.failures === 0 ? 0 : 1);
