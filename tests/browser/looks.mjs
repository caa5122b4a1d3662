// How it looks, at each size and in both colours, and whether everybody can use it.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TEST, eventually, open, page, shots, start, until } from "./browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Faults that keep somebody out. */
async function barriers() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1280]) {
    test(`nobody is kept out, ${width} pixels, ${colorScheme}`, TEST, async () => {
      await open("#play=/video/video.mp4&t=8", { viewport: { width, height: 844 }, colorScheme, reducedMotion: "reduce" });
      await until((now) => now.ready >= 2, "the first picture is there");
      await page.click("#facts");
      await page.locator("#verdict a").waitFor();
      assert.deepEqual(await barriers(), []);
      await start();
      await until((now) => now.time > 8.3 && !now.paused, "it plays");
      await page.keyboard.press("k");
      await until((now) => now.paused, "it pauses");
      await page.evaluate(() => history.replaceState(null, "", "#play=/video/video.mp4"));
      await page.reload();
      await page.locator("#ask").getByText("Resume at").waitFor();
      assert.deepEqual(await barriers(), [], "while it asks");
      await page.evaluate(() => (location.hash = "#play=/video/gone.mp4"));
      await page.locator("#trouble").getByText("gone").waitFor();
      assert.deepEqual(await barriers(), [], "in trouble");
      await page.locator("#keys-show").click();
      assert.deepEqual(await barriers(), [], "with the keys shown");
      await page.screenshot({ path: join(shots, `keys-${width}-${colorScheme}.png`) });
    });
  }
}

for (const [width, height] of [[390, 844], [1280, 800], [1920, 1080]]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`it fits ${width} pixels, ${colorScheme}`, TEST, async (t) => {
      await open("#play=/video/video.mp4", { viewport: { width, height }, colorScheme });
      await until((now) => now.ready >= 2, "the first picture is there");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nothing sticks out");
      await eventually(async () => (await page.locator("#list .tile img").count()) >= 3, "the pictures of the rows are there");
      await page.waitForTimeout(400); // they fade in
      const file = join(shots, `${width}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      t.diagnostic(file);

      await page.click("#facts");
      const strip = await page.locator("#along").boundingBox();
      await page.mouse.move(strip.x + strip.width - 2, strip.y + strip.height / 2);
      await page.locator("#peek canvas").waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, "nor does a look ahead");
      await page.waitForTimeout(300); // it brightens
      await page.screenshot({ path: join(shots, `peek-${width}-${colorScheme}.png`) });
    });
  }
}
