// docs/stories.md: what happens in each story, by file. `make check` compares it; WRITE=1 writes it.
import { globSync, readFileSync, writeFileSync } from "node:fs";

const PAGE = "docs/stories.md";
const INTRO = `# Stories

What \`tests/stories\` plays through: the real services and the real SQL over SQLite, beside scripted providers and a
clock that is wound by hand. Each ends with an audit of the books. \`WRITE=1 node scripts/stories.mjs\` writes this page from
the tests' names, and \`make check\` compares it.
`;

const sections = globSync("tests/stories/*.rs")
  .sort()
  .map((file) => {
    const text = readFileSync(file, "utf8");
    const about = [...text.matchAll(/^\/\/! ?(.*)$/gm)].map(([, line]) => line).join(" ").split("  ")[0];
    const tests = [...text.matchAll(/#\[(?:tokio::)?test[^\]]*\]\n(?:#\[.*\]\n)*(?:async )?fn (\w+)/g)].map(([, name]) => name);
    const said = tests.map((name) => `- ${name.replaceAll("_", " ")}`);
    return tests.length === 0 ? "" : `\n## ${file.slice("tests/stories/".length, -".rs".length)}\n\n${about}\n\n${said.join("\n")}\n`;
  });
const page = INTRO + sections.join("");
if (process.env.WRITE) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, "utf8") !== page) {
  console.error(`stories: ${PAGE} is not as the stories are: WRITE=1 node scripts/stories.mjs`);
  process.exitCode = 1;
}
