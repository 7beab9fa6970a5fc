// `make guards`: takes each guard out, one at a time, and shows which tests fail.
// A guard that no test misses is either not tested or not needed, and fails the run.
//
// Each file of tests/guards is one guard: the patch that removes it, after a line that says what it
// is. Those of the page, NAME.page.patch, say in a second line which of its tests are run. The work
// is done in a copy, with a target directory of its own.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

// Outside of the checkout, since git does not patch what a repository around it ignores.
const copy = join(process.env.CACHE, "guards");
const target = join(process.env.CACHE, "guards-target");
const only = process.env.GUARD;

function run(command, args, options = {}) {
  return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
}

function makeCopy() {
  rmSync(copy, { recursive: true, force: true });
  for (const file of run("git", ["ls-files"]).stdout.split("\n").filter(Boolean)) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(file, join(copy, file));
  }
}

const env = { ...process.env, CARGO_TARGET_DIR: target };

function namesIn(ran, line) {
  const tests = [...ran.stdout.matchAll(line)].map(([, name]) => name);
  if (ran.status !== 0 && tests.length === 0)
    throw new Error(`it does not build, or does not end:\n${ran.stderr.slice(-2000)}`);
  return tests;
}

function failingCargoTests() {
  const args = ["test", "--offline", "--no-fail-fast", "--lib", "--test", "outcomes", "--test", "stories"];
  return namesIn(run("cargo", args, { cwd: copy, env }), /^test (\S+) \.\.\. FAILED/gm);
}

/** The Worker is the same one, which is built once, and outside of the copy. */
function withWorker() {
  if (existsSync(join(copy, "node_modules"))) return;
  if (run("scripts/build.sh", []).status !== 0) throw new Error("the Worker cannot be built: `make build` says why");
  cpSync("build", join(copy, "build"), { recursive: true });
  symlinkSync(join(process.cwd(), "node_modules"), join(copy, "node_modules"));
}

function failingPageTests(pattern) {
  withWorker();
  const args = ["--test-reporter=tap", `--test-name-pattern=${pattern}`];
  return namesIn(run("scripts/page-test.sh", args, { cwd: copy, env }), /^not ok \d+ - (.+)$/gm);
}

/** Of a guard's tests, those that fail now: the page's, by the pattern of their names, or else cargo's. */
const failingTests = (pattern) => (pattern === null ? failingCargoTests() : failingPageTests(pattern));

const guards = readdirSync("tests/guards")
  .filter((name) => name.endsWith(".patch"))
  .filter((name) => !only || only.split(",").some((part) => name.includes(part)))
  .sort()
  .map((file) => {
    const [title, second] = readFileSync(join("tests/guards", file), "utf8").split("\n");
    return { file, title, pattern: file.endsWith(".page.patch") ? second : null };
  });

makeCopy();
for (const pattern of new Set(guards.map((guard) => guard.pattern))) {
  const whole = failingTests(pattern);
  if (whole.length > 0) throw new Error(`with every guard in place these fail already: ${whole.join(", ")}`);
}

let missed = 0;
for (const { file, title, pattern } of guards) {
  const patch = join(process.cwd(), "tests/guards", file);
  const apply = (...flags) => run("git", ["apply", "--unidiff-zero", ...flags, patch], { cwd: copy });
  const applied = apply();
  if (applied.status !== 0) throw new Error(`${file} no longer fits the code:\n${applied.stderr}`);
  const tests = failingTests(pattern);
  const back = apply("--reverse");
  if (back.status !== 0) throw new Error(`${file} cannot be taken back:\n${back.stderr}`);
  if (tests.length === 0) missed += 1;
  const shown = tests.slice(0, 3).join(", ") + (tests.length > 3 ? `, and ${tests.length - 3} more` : "");
  console.log(`${tests.length === 0 ? "MISSED" : "caught"}  ${title}\n        ${shown || "no test fails"}`);
}
console.log(
  missed === 0 ? "Every guard is missed by a test when it is gone." : `${missed} guards are missed by no test.`,
);
process.exitCode = missed === 0 ? 0 : 1;
