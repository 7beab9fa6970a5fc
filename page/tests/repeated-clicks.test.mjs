// Repeated clicks: a burst of clicks is one job, and another one of the same has to be deliberate.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrived,
  button,
  dress,
  focusOn,
  go,
  held,
  hold,
  jobsOf,
  land,
  leadsToJob,
  make,
  TIMEOUT,
  PHONE,
  shot,
  stage,
  visitor,
} from "./browser.mjs";

const ANOTHER = "Make another · 4 credits";
const balance = (page, text) => page.locator(".balance", { hasText: text }).waitFor();

/** A visitor whose page's clock advances only as the test says, however slow the machine is. */
async function withClock(more) {
  const { context, page, done } = await visitor(more);
  await page.clock.install();
  await land(page);
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 10_000);
  return { context, page, done };
}

/** Clicks where the button was, like a user would, whatever is there by now. */
async function clicks(page, times, apart) {
  for (let count = 0; count < times; count++) {
    if (count > 0) await page.clock.runFor(apart);
    await button(page).click({ force: true });
  }
}

/** The job of a click. A lost answer is retried after a pause, for which the clock must advance. */
const ledTo = (page, click) => leadsToJob(page, click, () => page.clock.runFor(50));

/** Checks that the pause is counted from the last click, that there is one job, and that one click then makes another. */
async function oneAndThenAnother(page, first) {
  await page.clock.runFor(1900);
  assert.equal(await button(page).getAttribute("aria-disabled"), "true");
  await page.clock.runFor(200);
  await another(page, first);
}

async function another(page, first) {
  await button(page).and(page.locator('[aria-disabled="false"]')).waitFor();
  assert.equal(await button(page).textContent(), ANOTHER);
  const second = await ledTo(page, () => button(page).click());
  // Newest first: any other job would be among them.
  assert.deepEqual(await jobsOf(page), [second, first]);
}

/** A second click, once the first was answered, was charged a second time: akash-network/console #3449. */
for (const [times, apart] of [
  [2, 60],
  [2, 200],
  [6, 450],
  [2, 1200],
  [4, 1200],
]) {
  test(`${times} clicks ${apart} ms apart are one job, after the answer too (akash-network/console #3449)`, async () => {
    const { page, done } = await withClock({ viewport: apart === 450 ? PHONE : undefined });
    const job = await ledTo(page, () => clicks(page, 1));
    await page.clock.runFor(apart);
    await clicks(page, times - 1, apart);
    await oneAndThenAnother(page, job);
    await done();
  });

  test(`${times} clicks ${apart} ms apart are one job while the answer is awaited (akash-network/console #3449)`, async () => {
    const { context, page, done } = await withClock();
    const release = await hold(context, "**/v1/generate");
    await clicks(page, times, apart);
    const job = await ledTo(page, async () => release());
    await page.clock.runFor(apart);
    await clicks(page, 1);
    await oneAndThenAnother(page, job);
    await done();
  });
}

test("clicks that get faster and slower at one place of the screen are one job (akash-network/console #3449)", async () => {
  const { page, done } = await withClock({ viewport: PHONE });
  const { x, y, width, height } = await button(page).boundingBox();
  const click = () => page.mouse.click(x + width / 2, y + height / 2);
  const job = await ledTo(page, click);
  // They hit whatever is there by now, the button or not.
  for (const pause of [60, 200, 450, 1200, 60]) {
    await page.clock.runFor(pause);
    await click();
  }
  await page.clock.runFor(2100);
  await another(page, job);
  await done();
});

test("Enter that is held down is one job, also if the first attempt is refused (akash-network/console #3449)", async () => {
  const { context, page, done } = await withClock();
  let asked = 0;
  await context.route("**/v1/generate", (route) => {
    asked++;
    return asked === 1 ? route.fulfill({ status: 429, body: "Slow down" }) : route.fallback();
  });
  const holdEnter = async () => {
    await button(page).focus();
    for (let repeats = 0; repeats < 40; repeats++) await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");
  };
  await holdEnter();
  await page.locator(".go").getByRole("alert").filter({ hasText: "too many requests" }).waitFor();
  assert.equal(asked, 1);
  await button(page).and(page.locator('[aria-disabled="false"]')).waitFor();
  const job = await ledTo(page, holdEnter);
  await page.clock.runFor(450);
  await holdEnter();
  await oneAndThenAnother(page, job);
  await done();
});

test("a burst of clicks at Try again is one job, though it fails at once (akash-network/console #3449)", async () => {
  const { page, done } = await visitor();
  await page.clock.install();
  await land(page);
  const first = await make(page, "#500");
  await stage(page, "failed", first).waitFor({ timeout: TIMEOUT });
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 10_000);
  const again = page.getByRole("button", { name: "Try again" });
  const second = await ledTo(page, () => again.click());
  // The clicks continue until it has failed, and after that.
  const until = Date.now() + TIMEOUT;
  while (!(await stage(page, "failed", second).isVisible())) {
    assert(Date.now() < until, "it does not fail");
    await page.clock.runFor(450);
    await button(page).click({ force: true });
  }
  for (let count = 0; count < 5; count++) {
    await page.clock.runFor(450);
    await again.click({ force: true });
  }
  assert.deepEqual(await jobsOf(page), [second, first]);
  await page.clock.runFor(2100);
  const third = await ledTo(page, () => again.click());
  assert.deepEqual(await jobsOf(page), [third, second, first]);
  await done();
});

test("a request is recognised after a reload, by the back button and in another tab", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const job = await make(page);
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await shot(page, "another");
  await page.goBack();
  await arrived(page, "#/");
  await button(page).filter({ hasText: ANOTHER }).waitFor();
  await page.locator(".already", { hasText: "You've already asked for this one." }).waitFor();
  await shot(page, "already");
  await page.reload();
  await button(page).filter({ hasText: ANOTHER }).waitFor();
  const other = await context.newPage();
  await land(other);
  await other.getByRole("button", { name: "Linen shirt" }).click();
  await button(other).filter({ hasText: ANOTHER }).waitFor();
  await other.getByRole("link", { name: "See it" }).click();
  await stage(other, "completed", job).waitFor();
  // Any other choice is a first request.
  await page.getByRole("button", { name: "Knit sweater" }).click();
  await button(page).filter({ hasText: "Try it on · 4 credits" }).waitFor();
  await page.getByRole("button", { name: "Linen shirt" }).click();
  await page.locator("textarea").fill("tucked in");
  await button(page).filter({ hasText: "Try it on · 4 credits" }).waitFor();
  await page.locator("textarea").fill(" ");
  await button(page).filter({ hasText: ANOTHER }).waitFor();
  // A deleted job does not count as a request.
  await other.getByRole("button", { name: /^Delete, / }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await focusOn(other, "This picture was deleted");
  await button(page).filter({ hasText: "Try it on · 4 credits" }).waitFor();
  await done();
});

test("the same photo, chosen again, is the same choice", async () => {
  const { page, done } = await visitor();
  await land(page);
  const own = page.locator('[data-input="person"] .picture img[src^="blob:"]');
  const choose = async () => {
    const file = new URL("../../samples/person-nasa-eileen-collins.jpg", import.meta.url).pathname;
    await page.locator('[data-input="person"] input').first().setInputFiles(file);
    await own.waitFor();
  };
  await choose();
  const job = await make(page);
  await page.reload();
  await go(page, "#/");
  await own.waitFor();
  await button(page).filter({ hasText: ANOTHER }).waitFor();
  await page.getByRole("button", { name: "Remove your photo" }).click();
  await choose();
  await button(page).filter({ hasText: ANOTHER }).waitFor();
  assert.deepEqual(await jobsOf(page), [job]);
  await done();
});

test("two tabs that request the same at once get the same job", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  const other = await context.newPage();
  await land(other);
  const release = await hold(context, "**/v1/generate");
  const sent = page.waitForRequest("**/v1/generate");
  await dress(page);
  await sent;
  await dress(other);
  await button(other).filter({ hasText: "Sending…" }).waitFor();
  const [job, same] = await Promise.all([leadsToJob(page, async () => release()), leadsToJob(other, async () => {})]);
  assert.equal(same, job);
  assert.deepEqual(await jobsOf(page), [job]);
  await done();
});

test("a request of a closed tab that was never answered is the same job in the next one", async () => {
  const { context, page, done } = await visitor();
  await land(page);
  let taken;
  const sent = new Promise((resolve) => (taken = resolve));
  await context.route("**/v1/generate", async (route) => {
    await route.fetch();
    taken();
  });
  await dress(page);
  await sent;
  const other = await context.newPage();
  await page.close();
  await context.unroute("**/v1/generate");
  // The list of jobs would show it, too; this tests the click.
  const release = await hold(context, "**/v1/jobs?**");
  await land(other);
  const job = await make(other);
  release();
  assert.deepEqual(await jobsOf(other), [job]);
  await done();
});

test("making another is a second job, and a third has to be as deliberate", async () => {
  const { page, done } = await visitor({ locale: "zh-CN", viewport: { width: 390, height: 844 } });
  await land(page);
  await page.getByRole("button", { name: "亚麻衬衫" }).click();
  const work = held();
  await page.locator("textarea").fill(work.words);
  const first = await leadsToJob(page, () => button(page).click());
  await button(page).filter({ hasText: "再来一张 · 4 积分" }).waitFor();
  const second = await leadsToJob(page, () => button(page).click());
  await stage(page, "running", second).waitFor();
  await work.complete();
  await stage(page, "completed", second).waitFor({ timeout: TIMEOUT });
  await button(page).filter({ hasText: "再来一张 · 4 积分" }).waitFor();
  await shot(page, "another-chinese");
  assert.deepEqual(await jobsOf(page), [second, first]);
  await balance(page, "12");
  await done();
});
