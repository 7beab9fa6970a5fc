// A near expiry is shown with its hour, in the user's time zone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { go, land, make, TIMEOUT, shot, stage, visitor } from "./browser.mjs";

const HOUR = 3_600_000;
const ZONE = "America/St_Johns";

/** The texts with the hour, and with the day alone. */
function told(at, locale) {
  const day = { day: "numeric", month: "short", timeZone: ZONE };
  const write = (form) => new Intl.DateTimeFormat(locale, form).format(at);
  return { hour: write({ ...day, hour: "2-digit", minute: "2-digit" }), day: write({ ...day, year: "numeric" }) };
}

/** A visitor all of whose credits, and pictures, expire at a time. */
async function expiring(at, more) {
  const { context, page, done } = await visitor({ timezoneId: ZONE, ...more });
  const when = new Date(at).toISOString();
  const change = (what, edit) =>
    context.route(what, async (route) => {
      // Who looks while the page is left gets no answer.
      const response = await route.fetch().catch(() => undefined);
      if (response === undefined) return route.abort();
      if (!response.ok()) return route.fulfill({ response });
      const json = await response.json();
      edit(json);
      await route.fulfill({ response, json });
    });
  await change("**/v1/credits", (have) => {
    for (const one of have.packages) one.expires_at = when;
    have.expiring_soon = { credits: have.available, next_expiry: when };
  });
  await change("**/v1/quotes", (quote) => quote.from.forEach((line) => (line.expires_at = when)));
  await change("**/v1/models", (models) => (models.kept_for.image_seconds = Math.round((at - Date.now()) / 1000)));
  await change(/\/v1\/jobs\/job_\w+$/, (job) => {
    // Retention is counted from the job's last change.
    job.updated_at = new Date().toISOString();
    for (const line of job.receipt) line.expires_at = when;
  });
  return { context, page, done };
}

const PLACES = {
  "en-GB": { garment: "Linen shirt", costs: (at) => `(until ${at})`, receipt: (at) => `, until ${at}` },
  "zh-CN": { garment: "亚麻衬衫", costs: (at) => `（${at}到期）`, receipt: (at) => `（${at}到期）` },
};

for (const [locale, say] of Object.entries(PLACES)) {
  const written = locale === "zh-CN" ? "zh-Hans" : locale;
  for (const [hours, name] of [
    [47, "hour"],
    [49, "day"],
  ]) {
    test(`what expires in ${hours} hours is told by the ${name}, wherever it is told (${locale})`, async () => {
      // Not at the edge of a minute, on any clock.
      const at = Math.floor(Date.now() / 60_000) * 60_000 + hours * HOUR + 30_000;
      const { page, done } = await expiring(at, { locale });
      const when = told(at, written)[name];
      await land(page);
      await page.getByRole("button", { name: say.garment }).click();
      await page.locator("#costs", { hasText: say.costs(when) }).waitFor();
      const job = await make(page, "", say.garment);
      await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
      await page.locator(".receipt", { hasText: say.receipt(when) }).waitFor();
      const kept = page.locator(".stage .card > p.small.muted").last();
      const text = await kept.textContent();
      assert.equal(/\d:\d\d/.test(text), name === "hour", text);
      await go(page, "#/credits");
      await page.locator(".package", { hasText: when }).waitFor();
      await page.locator(".note.bad", { hasText: when }).waitFor();
      if (name === "hour") await shot(page, `expires-soon-${locale}`);
      await done();
    });
  }
}
