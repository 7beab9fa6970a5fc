import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import {
  address,
  arrived,
  button,
  hold,
  land,
  leadsToJob,
  make,
  model,
  TIMEOUT,
  PHONE,
  samples,
  shot,
  stage,
  visitor,
  WIDE,
} from "./browser.mjs";

for (const [name, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
  for (const colorScheme of ["light", "dark"]) {
    test(`two clicks with samples make a picture (${name}, ${colorScheme})`, async () => {
      const { page, done } = await visitor({ viewport, colorScheme });
      await land(page);
      if (name === "wide") await shot(page, `landing-${colorScheme}`);
      await page.getByRole("button", { name: "Linen shirt" }).click();
      assert.match(await button(page).textContent(), /^Try it on · 4 credits$/);
      const job = await leadsToJob(page, () => button(page).click());
      await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
      await page.getByRole("slider").waitFor();
      await page.locator(".receipt", { hasText: "4 credits charged" }).first().waitFor();
      await page.locator(".balance", { hasText: "16" }).waitFor();
      if (name === "wide") await shot(page, `result-${colorScheme}`);
      await done();
    });
  }
}

test("the page renders before any answer, and the layout does not shift when answers come", async () => {
  const { page, context, done } = await visitor();
  const release = await hold(context, "**/v1/**");
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("button", { name: "Linen shirt" }).click();
  release();
  await page.locator("[data-dress]", { hasText: "4" }).waitFor();
  await page.locator(".balance").waitFor();
  // An answer is rendered with the next frame, and measured in the one after.
  const shifted = await page.evaluate(async () => {
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
    return window.shifted;
  });
  assert(shifted < 0.02, `layout shift of ${shifted}`);
  await done();
});

/** A JPEG as cameras write it: with a metadata segment before the picture. */
async function photoWithExif() {
  const photo = await readFile(`${samples}person-nasa-eileen-collins.jpg`);
  const body = Buffer.from("Exif\0\0GPS 51.5N 0.1W");
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, body.length + 2]), body]);
  return Buffer.concat([photo.subarray(0, 2), segment, photo.subarray(2)]);
}

test("a photo is uploaded at the click, and not before, without the camera's metadata", async () => {
  const { page, done } = await visitor();
  // Playwright cannot read a body that is a file, so the page's own call is intercepted.
  await page.addInitScript(() => {
    const send = window.fetch;
    window.sent = [];
    let isClicked = false;
    const clicked = ({ target }) => (isClicked ||= target.closest("[data-dress]") !== null);
    document.addEventListener("click", clicked, { capture: true });
    window.fetch = async (what, init) => {
      const request = new Request(what, init);
      const isAfter = isClicked;
      if (request.url.endsWith("/v1/uploads")) window.sent.push({ isAfter, body: await request.clone().text() });
      return send(request);
    };
  });
  await land(page);
  const buffer = await photoWithExif();
  await page
    .locator('[data-input="person"] input')
    .first()
    .setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer });
  await page.locator('[data-input="person"] .picture img[src^="blob:"]').waitFor();
  await page.getByRole("button", { name: "Denim jacket" }).click();
  await button(page).click();
  await stage(page, "completed").waitFor({ timeout: TIMEOUT });
  const sent = await page.evaluate(() => window.sent);
  assert.equal(sent.length, 2);
  assert(sent.every(({ isAfter }) => isAfter));
  assert(buffer.includes("GPS") && sent.every(({ body }) => body.length > 1000 && !body.includes("GPS")));
  await done();
});

test("a file that is no picture, or too small, is reported before anything is sent", async () => {
  const { page, done } = await visitor();
  await land(page);
  const input = page.locator('[data-input="person"] input').first();
  const alert = page.locator('[data-input="person"]').getByRole("alert");
  const tiny = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  for (const [bytes, says] of [
    [Buffer.from("<html>"), /choose a JPEG/],
    [Buffer.from("\0\0\0\x18ftypheic\0\0\0\0"), /HEIC/],
    [Buffer.from(tiny, "base64"), /too small \(1 × 1\)/],
    [Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]), /damaged/],
  ]) {
    await input.setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: bytes });
    await alert.filter({ hasText: says }).waitFor();
  }
  await done();
});

test("a picture can be pasted and dropped", async () => {
  const { page, done } = await visitor();
  await land(page);
  const bytes = (await readFile(`${samples}garment-knit-sweater.png`)).toString("base64");
  for (const [selector, type] of [
    ['[data-input="garment"]', "paste"],
    ['[data-input="person"] .picture', "drop"],
  ]) {
    await page.locator(selector).evaluate(
      (element, [type, bytes]) => {
        const raw = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([raw], "sweater.png", { type: "image/png" }));
        const event =
          type === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        element.dispatchEvent(event);
      },
      [type, bytes],
    );
    await page.locator(`${selector.split(" ")[0]} .picture img[src^="blob:"]`).waitFor();
  }
  await done();
});

test("a description of a garment is enough, and several pictures can be made at once", async () => {
  const { page, done } = await visitor();
  await land(page);
  await page.getByRole("button", { name: "a yellow raincoat" }).click();
  await model(page, "evolink/seedream-4");
  await page.locator("fieldset", { hasText: "How many" }).getByText("2", { exact: true }).click();
  await page.locator("fieldset", { hasText: "Format" }).getByText("16:9").click();
  assert.match(await button(page).textContent(), /6 credits/);
  await shot(page, "settings");
  const job = await leadsToJob(page, () => button(page).click());
  await stage(page, "completed", job).waitFor({ timeout: TIMEOUT });
  await page.getByRole("button", { name: "Your finished picture, number 2, made with AI" }).click();
  await page.getByRole("button", { name: "Zoom" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  assert.match((await download).suggestedFilename(), /^atelier-ai-\w{6}-2\.png$/);
  await page.getByRole("button", { name: "Add a garment" }).click();
  await arrived(page, "#/");
  await stage(page, "completed", await make(page)).waitFor({ timeout: TIMEOUT });
  await done();
});

/** Pastes or drops a file on an element. */
const hand = (page, selector, type, bytes, text) =>
  page.locator(selector).evaluate(
    (element, [type, bytes, text]) => {
      const raw = Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([raw], "sweater.png", { type: "image/png" }));
      if (text !== undefined) data.setData("text/plain", text);
      const event =
        type === "paste"
          ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      element.dispatchEvent(event);
      return event.defaultPrevented;
    },
    [type, bytes, text],
  );

test("a picture can be pasted anywhere, and one that is dropped beside the boxes does not replace the page", async () => {
  const { page, done } = await visitor();
  await land(page);
  const bytes = (await readFile(`${samples}garment-knit-sweater.png`)).toString("base64");
  const own = (name) => page.locator(`[data-input="${name}"] .picture img[src^="blob:"]`);
  assert.equal(await hand(page, "textarea", "paste", bytes, "two words"), false);
  assert.equal(await hand(page, "body", "dragover", bytes), true);
  assert.equal(await hand(page, "body", "drop", bytes), true);
  assert.equal(await hand(page, "body", "paste", bytes), true);
  await own("garment").waitFor();
  assert.equal(await own("person").count(), 0);
  await hand(page, "body", "paste", bytes);
  await own("person").waitFor();
  await done();
});

test("a picture is removed by its corner button, and a bad file does not leave the sample selected", async () => {
  const { page, done } = await visitor({ viewport: PHONE });
  await land(page);
  const garment = page.locator('[data-input="garment"]');
  await garment.locator("input").first().setInputFiles(`${samples}garment-knit-sweater.png`);
  await garment.locator('.picture img[src^="blob:"]').waitFor();
  await shot(page, "own-garment");
  await page.getByRole("button", { name: "Remove the garment photo" }).click();
  await garment.locator(".picture.empty").waitFor();
  await page.getByRole("button", { name: "Denim jacket" }).click();
  assert.equal(await button(page).getAttribute("aria-disabled"), "false");
  const buffer = Buffer.from("<html>");
  await garment.locator("input").first().setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer });
  await garment.getByRole("alert").filter({ hasText: "choose a JPEG" }).waitFor();
  assert.equal(await button(page).getAttribute("aria-disabled"), "true");
  const bar = await page.locator(".go").boundingBox();
  const flaw = await garment.getByRole("alert").boundingBox();
  assert(flaw.y + flaw.height <= bar.y, "the reason is covered by the button");
  await done();
});
