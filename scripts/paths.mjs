// `make check`: every file that a page of the documentation names exists.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const PAGES = ["*.md", "docs/**/*.md", "page/*.md", "emulator/*.md"];
const ROOTS = /^(src|tests|docs|scripts|migrations|emulator|page|benches|examples|samples|\.github|\.ci)\//;
// Placeholders, and files that only a build creates.
const STANDS_FOR_OTHERS = /NAME|NNNN|page\/src\/api\.ts|^src\/api\.ts/;

const problems = [];
for (const page of globSync(PAGES).filter((page) => page !== "CHANGELOG.md")) {
  const text = readFileSync(page, "utf8");
  const named = [...text.matchAll(/`([\w.\/-]+\.\w+|[\w.\/-]+\/)`/g)]
    .map(([, path]) => path)
    .filter((path) => ROOTS.test(path));
  const linked = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => join(dirname(page), path));
  const isThere = (path) => [path, join(dirname(page), path)].some(existsSync);
  for (const path of [...named, ...linked]) {
    if (!isThere(path) && !STANDS_FOR_OTHERS.test(path)) problems.push(`${page} names ${path}, which is not there`);
  }
}
for (const problem of new Set(problems)) console.error(`paths: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
