// `make guards`: removes each guard, one at a time, and shows which tests fail. If none does, the
// guard is untested or unnecessary, and the run fails.
//
// Each file of tests/guards is one guard: a line that states its rule, then the patch that removes
// it. Guards of the page, NAME.page.patch, have the pattern of their tests in the second line. The
// work is done in LANES parallel copies, each with a target directory of its own.
//
// The tests that caught a guard the last time, which tests/guards/caught.json lists, are run first; only if none of them
// fails are the others run, target by target, until some fail. WRITE=1 writes that list.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";

const only = process.env.GUARD;
const lanes = Number(process.env.LANES ?? Math.max(1, cpus().length));

/** Runs a command; with `until`, only as long as no line of its output is like that. */
function run(command, args, { until, ...options } = {}) {
  const detached = until !== undefined; // All that it has started ends with it.
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached, ...options });
  let [stdout, stderr, isEnough] = ["", "", false];
  child.stdout.on("data", (data) => {
    stdout += data;
    if (detached && !isEnough && until.test(stdout)) {
      isEnough = true;
      process.kill(-child.pid);
    }
  });
  child.stderr.on("data", (data) => (stderr += data));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

function namesIn(ran, line) {
  const tests = [...ran.stdout.matchAll(line)].map(([, name]) => name);
  if (ran.status !== 0 && tests.length === 0)
    throw new Error(`it does not build, or does not end:\n${ran.stderr.slice(-2000)}`);
  return tests;
}

/** A test has failed. */
const FAILED = /^test \S+ \.\.\. FAILED$/m;

/** Most of a guard's time is that of the stories, which are slow without optimisation. */
const OPTIMISED = ["--config", "profile.dev.package.atelier.opt-level=1"];

/** Where tests are, by what their names are like: what is built sooner comes first. */
const TARGETS = [
  { is: (test) => test.includes("::") && !test.startsWith("stories::"), flags: ["--lib"] },
  { is: (test) => !test.includes("::"), flags: ["--test", "outcomes"] },
  { is: (test) => test.startsWith("stories::"), flags: ["--test", "stories"] },
];
const targetOf = (test) => TARGETS.find(({ is }) => is(test));

/** The few tests that are kept of those that caught a guard. */
function kept(tests) {
  const ofTarget = TARGETS.map(({ is }) => tests.filter(is));
  return (ofTarget.find((some) => some.length > 0) ?? []).slice(0, 3);
}

/** A copy of the checkout, outside of it, since git does not patch what a repository around it ignores. */
class Lane {
  constructor(number) {
    this.copy = join(process.env.CACHE, `guards-${number}`);
    // These builds are never debugged, and without debug information they link in half the time.
    this.env = {
      ...process.env,
      CARGO_TARGET_DIR: `${this.copy}-target`,
      CARGO_PROFILE_DEV_DEBUG: "0",
      CARGO_PROFILE_TEST_DEBUG: "0",
    };
  }

  makeCopy(files) {
    rmSync(this.copy, { recursive: true, force: true });
    for (const file of files) {
      mkdirSync(join(this.copy, dirname(file)), { recursive: true });
      cpSync(file, join(this.copy, file));
    }
  }

  /** Of a target's tests, those that fail; of all, only the first few are waited for. */
  async failingOf({ flags }, named) {
    const args = ["test", "--offline", "--no-fail-fast", ...OPTIMISED, ...flags];
    if (named.length > 0) args.push("--", "--exact", ...named);
    const options = { cwd: this.copy, env: this.env, until: named.length > 0 ? undefined : FAILED };
    return namesIn(await run("cargo", args, options), /^test (\S+) \.\.\. FAILED/gm);
  }

  /** Of the tests that are named, those that fail; or of all, those of the first target that has any. */
  async failingCargoTests(named = [], order = TARGETS) {
    if (named.length > 0) return this.failingOf(targetOf(named[0]), named);
    for (const target of order) {
      const failing = await this.failingOf(target, []);
      if (failing.length > 0) return failing;
    }
    return [];
  }

  /** If a test that caught the guard the last time fails, the others need not be run. */
  async failingKnownTests(file) {
    if (file === undefined) return this.failingCargoTests();
    const named = known[file] ?? [];
    const failing = named.length === 0 ? [] : await this.failingCargoTests(named);
    if (failing.length > 0) return failing;
    // What is not of the domain is more often caught by a story.
    const patch = readFileSync(join("tests/guards", file), "utf8");
    return this.failingCargoTests([], patch.includes("+++ b/src/domain/") ? TARGETS : TARGETS.toReversed());
  }

  /** The Worker is the same one, which is built once, and outside of the copy. */
  async withWorker() {
    if (existsSync(join(this.copy, "node_modules"))) return;
    const built = await run("scripts/build.sh", []);
    if (built.status !== 0) throw new Error("the Worker cannot be built: `make build` says why");
    cpSync("build", join(this.copy, "build"), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules"), join(this.copy, "node_modules"));
  }

  async failingPageTests(pattern) {
    await this.withWorker();
    const args = ["--test-reporter=tap", `--test-name-pattern=${pattern}`];
    return namesIn(await run("scripts/page-test.sh", args, { cwd: this.copy, env: this.env }), /^not ok \d+ - (.+)$/gm);
  }

  /** Of a guard's tests, those that fail now: the page's, by the pattern of their names, or else cargo's. */
  failingTests(pattern, file) {
    return pattern === null ? this.failingKnownTests(file) : this.failingPageTests(pattern);
  }

  async apply(file, ...flags) {
    const patch = join(process.cwd(), "tests/guards", file);
    return run("git", ["apply", "--unidiff-zero", ...flags, patch], { cwd: this.copy });
  }

  async isWhole(pattern) {
    const failing = await this.failingTests(pattern);
    if (failing.length > 0) throw new Error(`with every guard in place these fail already: ${failing.join(", ")}`);
  }

  /** The tests that fail without a guard. */
  async without({ file, pattern }) {
    const applied = await this.apply(file);
    if (applied.status !== 0) throw new Error(`${file} no longer fits the code:\n${applied.stderr}`);
    try {
      return await this.failingTests(pattern, file);
    } finally {
      const back = await this.apply(file, "--reverse");
      if (back.status !== 0) throw new Error(`${file} cannot be undone:\n${back.stderr}`);
    }
  }
}

/** By which tests each guard of code was caught the last time: a few, all of one target. */
const KNOWN = "tests/guards/caught.json";
const known = JSON.parse(readFileSync(KNOWN, "utf8"));

/** After each guard, since a whole run is long and may be ended. */
function keep(file, tests) {
  known[file] = kept(tests);
  const there = Object.entries(known).filter(([name]) => existsSync(join("tests/guards", name)));
  writeFileSync(KNOWN, `${JSON.stringify(Object.fromEntries(there.sort()), null, 2)}\n`);
}

const guards = readdirSync("tests/guards")
  .filter((name) => name.endsWith(".patch"))
  .filter((name) => !only || only.split(",").some((part) => name.includes(part)))
  .sort()
  .map((file) => {
    const [title, second] = readFileSync(join("tests/guards", file), "utf8").split("\n");
    return { file, title, pattern: file.endsWith(".page.patch") ? second : null };
  });
const files = (await run("git", ["ls-files"])).stdout.split("\n").filter(Boolean);
let [missed, broken] = [0, 0];

/** Removes guards, one after the other, until none is left. */
async function goThrough(lane, queue) {
  for (let guard = queue.shift(); guard !== undefined; guard = queue.shift()) {
    const tests = await lane.without(guard).catch((error) => error);
    if (tests instanceof Error) {
      broken += 1;
      console.log(`BROKEN  ${guard.title}\n        ${guard.file}: ${tests.message}`);
      continue;
    }
    if (tests.length === 0) missed += 1;
    if (guard.pattern === null && process.env.WRITE) keep(guard.file, tests);
    const shown = tests.slice(0, 3).join(", ") + (tests.length > 3 ? `, and ${tests.length - 3} more` : "");
    console.log(`${tests.length === 0 ? "MISSED" : "caught"}  ${guard.title}\n        ${shown || "no test fails"}`);
  }
}

// The lanes build offline, from what is fetched here, so that none of them waits for the network.
const fetched = await run("cargo", ["fetch", "--locked"]);
if (fetched.status !== 0) throw new Error(`the crates cannot be fetched:\n${fetched.stderr}`);

const [first, ...others] = Array.from({ length: lanes }, (_, number) => new Lane(number + 1));
first.makeCopy(files);
for (const { file } of guards) {
  const fits = await first.apply(file, "--check");
  if (fits.status !== 0) throw new Error(`${file} no longer fits the code:\n${fits.stderr}`);
}
const ofCode = guards.filter(({ pattern }) => pattern === null);
const ofPage = guards.filter(({ pattern }) => pattern !== null);
if (ofCode.length > 0) {
  await first.isWhole(null);
  // Ports and times are the page's tests alone; these may run beside each other.
  const beside = others.slice(0, ofCode.length - 1).map(async (lane) => {
    lane.makeCopy(files);
    await lane.isWhole(null);
    await goThrough(lane, ofCode);
  });
  await Promise.all([goThrough(first, ofCode), ...beside]);
}
for (const pattern of new Set(ofPage.map((guard) => guard.pattern))) await first.isWhole(pattern);
await goThrough(first, ofPage);
console.log(
  missed + broken === 0
    ? "A test fails without each guard."
    : `${missed} guards can be removed without a failing test, and ${broken} patches do not apply.`,
);
process.exitCode = missed + broken === 0 ? 0 : 1;
