// Errors between the click and the job, of which the page claims only what it knows.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  api,
  arrived,
  button,
  dress,
  heading,
  hold,
  land,
  leadsToJob,
  make,
  TIMEOUT,
  shot,
  stage,
  visitor,
} from "./browser.mjs";

const problem = (status, code, more = {}) => ({
  status,
  contentType: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title: "Problem", status, code, detail: "In English.", ...more }),
});
const note = (page) => page.locator(".go").getByRole("alert");

test("a request whose answers are all lost is not called free, and makes one job when it is repeated", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await context.route("**/v1/generate", async (route) => {
    await route.fetch();
    await route.fulfill(problem(500, "internal"));
  });
  await dress(page);
  await note(page).filter({ hasText: "We're not sure it went through" }).waitFor();
  assert.doesNotMatch(await page.locator(".go").textContent(), /Nothing was charged/);
  // The job that was made is shown, and the credits are reserved.
  await page.locator(".recent .tile").waitFor();
  await page.locator(".balance", { hasText: "16 credits" }).waitFor();
  await shot(page, "unclear");
  await page.reload();
  await note(page).filter({ hasText: "We're not sure it went through" }).waitFor();
  await context.unroute("**/v1/generate");
  const job = await leadsToJob(page, () => button(page).click());
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  assert.equal((await api(page, "GET", "/v1/jobs")).data.jobs.length, 1);
  await done();
});

test("a refusal says that nothing was charged, and updates the balance", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await context.route("**/v1/generate", (route) =>
    route.fulfill(problem(402, "insufficient_credits", { needed: 4, available: 1 })),
  );
  await context.route("**/v1/credits", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), available: 1 } });
  });
  await dress(page);
  await note(page)
    .filter({ hasText: /and have 1\.\s*Nothing was charged/ })
    .waitFor();
  await page.locator(".balance", { hasText: /^1 credit$/ }).waitFor();
  assert.doesNotMatch(await page.locator("#costs").textContent(), /left after/);
  await page.getByRole("button", { name: "Knit sweater" }).click();
  await note(page).waitFor({ state: "detached" });
  await done();
});

test("a refusal before the job is explained by its own reason, in the chosen language", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const tooMany = { status: 429, headers: { "retry-after": "30" }, contentType: "text/plain", body: "Slow down" };
  await context.route("**/v1/generate", (route) => route.fulfill(tooMany));
  await dress(page);
  await note(page).filter({ hasText: "Too many requests. Try again in 30 s." }).waitFor();
  await page.getByRole("button", { name: "中文" }).click();
  await note(page).filter({ hasText: "请 30 秒后再试。未扣积分。" }).waitFor();
  await done();
});

test("a limit that is nearly used up is shown beside the button and with a refusal, in the chosen language", async () => {
  const { context, page, done } = await visitor();
  const resets_at = new Date(Date.now() + 30 * 60_000).toISOString();
  const limit = { name: "failed_per_hour", limit: 10, used: 7, resets_at };
  await context.route("**/v1/me", (route) =>
    route.fulfill({ json: { account: "acc_00000000000000000000000000", limits: [limit] } }),
  );
  await land(page);
  const problem = { code: "rate_limited", status: 429, title: "", type: "", detail: "", limit: 10 };
  await context.route("**/v1/generate", (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "1800" },
      contentType: "application/problem+json",
      body: JSON.stringify({ ...problem, limit_name: "failed_per_hour" }),
    }),
  );
  await dress(page);
  await note(page)
    .filter({ hasText: /0 of 10 left this hour.* Try again in 30 minutes.*Nothing was charged/ })
    .waitFor();
  await page.locator("#costs", { hasText: "3 of 10 left this hour" }).waitFor();
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("#costs", { hasText: "还可有 3 次（共 10 次）" }).waitFor();
  await done();
});

test("pictures that do not arrive start nothing, and are not said to be sent", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  await context.route("**/v1/uploads", (route) => route.abort());
  await dress(page);
  await note(page).filter({ hasText: "nothing was started" }).waitFor();
  assert.doesNotMatch(await note(page).textContent(), /charged twice/);
  await done();
});

test("a user who goes elsewhere after the click stays there", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const release = await hold(context, "**/v1/generate");
  await dress(page);
  await page.getByRole("navigation").getByRole("link", { name: "Credits" }).click();
  await arrived(page, "#/credits");
  const answered = page.waitForResponse("**/v1/generate");
  release();
  await answered;
  await page.locator(".balance", { hasText: "4 reserved" }).waitFor();
  assert.match(page.url(), /#\/credits$/);
  await done();
});

test("a page that cannot be loaded says so, and one without storage works until it is closed", async () => {
  const { context, page, done } = await visitor({ locale: "zh-CN" });
  await context.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage", "indexedDB"])
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
  });
  // A file of the previous deployment.
  await context.route(/assets\/(zh|History)-.*\.js$/, (route) => route.fulfill({ status: 404, body: "" }));
  await land(page);
  await heading(page, "Try on any outfit").waitFor();
  await page.getByRole("link", { name: "Pictures" }).click();
  await page.getByRole("alert").filter({ hasText: "This page couldn't be loaded." }).waitFor();
  await context.unroute(/assets\/(zh|History)-.*\.js$/);
  await page.getByRole("link", { name: "Atelier" }).click();
  await arrived(page, "#/");
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  await done();
});

test("a prompt that is too long is reported, and its length is shown before that", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const errors = [{ field: "prompt", message: "is longer than 1000 characters" }];
  await context.route("**/v1/generate", (route) => route.fulfill(problem(422, "invalid_request", { errors })));
  await dress(page, "a".repeat(1400));
  await page.getByText("1400 of 1500 characters").waitFor();
  await note(page).filter({ hasText: "That description is too long for this model." }).waitFor();
  await done();
});
