import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Starts Chromium, which must be installed: nothing is downloaded. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.JSRUN_CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `there is no Chromium at ${executablePath}: install it (apt-get install chromium) or name another in JSRUN_CHROMIUM`,
    );
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
