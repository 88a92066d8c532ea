import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { startBrowser } from './browser';
import { Playground } from './playground';
import { startService, type Service } from './service';

let service: Service;
let browser: Browser;
let playground: Playground;

beforeAll(async () => {
  service = await startService();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  service?.stop();
});

beforeEach(async () => {
  playground = await Playground.open(browser, service.url);
});

afterEach(async () => {
  expect(playground.faults).toEqual([]);
  await playground.page.close();
});

/** Every stop and failure is followed by a run that must succeed. */
async function expectNextRunToSucceed() {
  await playground.run('6 * 7');
  await playground.waitFor(playground.end('Result'), '42');
  await playground.waitFor(playground.status, 'Finished');
}

/** The page follows the keyboard in its own time. */
async function eventually<T>(look: () => Promise<T>, value: T) {
  await expect.poll(look, { timeout: 60_000 }).toBe(value);
}

describe('running', () => {
  it('shows the value of a program run with the keyboard', async () => {
    await playground.run('2 + 2');
    await playground.waitFor(playground.end('Result'), /^\W*4$/);
    await playground.waitFor(playground.status, 'Finished');
    await playground.waitFor(playground.status, /Wall time\s*\d\S* m?s\s*\/ \d/);
  });

  it('runs the program it greets with, from the button and from outside the editor', async () => {
    await playground.page.getByRole('button', { name: 'Run' }).click();
    await playground.waitFor(playground.lines, 'Hello, Mars!');
    await playground.end('Result').waitFor();
    await playground.page.getByRole('button', { name: 'Clear' }).click();
    await playground.end('Result').waitFor({ state: 'detached' });
    await playground.page.keyboard.press('Control+Enter');
    await playground.waitFor(playground.lines, 'Hello, Mars!');
  });

  it('keeps the order of what is printed', async () => {
    await playground.run('for (let i = 0; i < 300; i++) console.log(`line ${i}`);');
    await playground.end('Result').waitFor();
    await playground.waitFor(playground.lines, 'line 299');
    const text = await playground.console.innerText();
    const numbers = [...text.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(299);
  });

  it('replaces the old run by the new one', async () => {
    await playground.allowTime();
    await playground.run("console.log('old'); while (true) {}");
    // Shown while the program still runs: output streams.
    await playground.waitFor(playground.lines, 'old');
    await playground.run("console.log('new'); 'done'");
    await playground.waitFor(playground.end('Result'), "'done'");
    expect(await playground.lines.allInnerTexts()).toEqual([expect.stringContaining('new')]);
  });

  it('keeps up with a flood and keeps the newest lines', async () => {
    await playground.allowTime();
    await playground.run('for (let i = 0; i < 20000; i++) console.log(i); "end"');
    await playground.waitFor(playground.end('Result'), "'end'");
    await playground.waitFor(playground.lines, '19999');
    await playground.waitFor(playground.console, 'older lines were dropped');
    expect(await playground.lines.count()).toBeLessThanOrEqual(5000);
    await expectNextRunToSucceed();
  });
});

describe('stopping', () => {
  it('stops an endless loop with the button and keeps what it printed', async () => {
    await playground.allowTime();
    await playground.run("console.log('before'); while (true) {}");
    await playground.waitFor(playground.lines, 'before');
    await playground.page.getByRole('button', { name: 'Stop' }).click();
    await playground.end('Cancelled').waitFor();
    await playground.waitFor(playground.status, 'Cancelled');
    expect(await playground.lines.count()).toBe(1);
    await expectNextRunToSucceed();
  });

  it('stops with Escape', async () => {
    await playground.allowTime();
    await playground.run('while (true) {}');
    await playground.waitFor(playground.status, 'Running');
    await playground.page.keyboard.press('Escape');
    await playground.end('Cancelled').waitFor();
    await expectNextRunToSucceed();
  });

  it('says which limit stopped a program and what its value is', async () => {
    await playground.run('while (true) {}');
    await playground.waitFor(playground.end('Limit reached'), /(wall|CPU) time limit of \d/);
    await playground.waitFor(playground.status, /Stopped: (wall|CPU) time limit of \d/);
    await expectNextRunToSucceed();
  });
});

describe('errors', () => {
  const code = 'const a = 1;\nfunction fail() {\n  missing(a);\n}\nfail();';

  it('marks the line until the program is edited', async () => {
    await playground.run(code);
    await playground.waitFor(playground.end('Error'), 'ReferenceError: missing is not defined');
    await playground.waitFor(playground.page.locator('.cm-error-line'), 'missing(a)');
    await playground.waitFor(playground.page.locator('.cm-error-range'), 'missing');
    await playground.waitFor(playground.page.locator('.cm-error-gutter'), '3');
    await playground.editor.press('End');
    await playground.page.keyboard.type(' ');
    await playground.page.locator('.cm-error-line').waitFor({ state: 'detached' });
    await expectNextRunToSucceed();
  });

  it('links the frames of the stack to their lines', async () => {
    await playground.run(code);
    await playground.end('Error').getByRole('button', { name: 'main.js:3' }).first().click();
    await playground.waitFor(playground.page.locator('.cm-activeLine'), 'missing(a)');
    await playground.page.keyboard.insertText('/* here */');
    await playground.waitFor(playground.editor, '  /* here */missing(a);');
  });

  it('marks a syntax error', async () => {
    await playground.run('const a = 1;\nlet a b;');
    await playground.waitFor(playground.end('Error'), 'SyntaxError');
    await playground.waitFor(playground.page.locator('.cm-error-line'), 'let a b');
  });

  it('says what to do when the service is busy or gone', async () => {
    const runs = '**/api/v1/runs';
    await playground.page.route(runs, (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        headers: { 'retry-after': '2' },
        body: JSON.stringify({ title: 'Busy', detail: 'the queue is full', status: 503 }),
      }),
    );
    await playground.run('1');
    await playground.waitFor(playground.end('No outcome'), 'the queue is full');
    await playground.waitFor(playground.end('No outcome'), 'Try again in 2 seconds');
    await playground.page.unroute(runs);
    await playground.page.route(runs, (route) => route.abort());
    await playground.run('1');
    await playground.waitFor(playground.end('No outcome'), 'could not be reached');
    await playground.page.unroute(runs);
    await expectNextRunToSucceed();
  });
});

describe('the console', () => {
  it('opens values with the keyboard', async () => {
    await playground.run('({ a: { b: [1, 2] } })');
    const root = playground.end('Result').getByRole('button').first();
    await root.focus();
    await playground.page.keyboard.press('Enter');
    const child = playground.end('Result').getByRole('button', { name: 'a:' }).last();
    await child.focus();
    await playground.page.keyboard.press('ArrowRight');
    await playground.waitFor(playground.end('Result'), 'b: [ 1, 2 ]');
    await playground.page.keyboard.press('ArrowLeft');
    await eventually(() => child.getAttribute('aria-expanded'), 'false');
  });

  it('shows groups, tables and levels, and honours clear', async () => {
    await playground.run(`
      console.log('gone');
      console.clear();
      console.group('outer');
      console.warn('careful');
      console.groupCollapsed('inner');
      console.log('hidden');
      console.groupEnd();
      console.groupEnd();
      console.table([{ x: 1, y: 2 }]);
    `);
    await playground.end('Result').waitFor();
    await playground.waitFor(playground.lines, 'careful');
    await playground.console.getByRole('columnheader', { name: 'y' }).waitFor();
    const text = await playground.console.innerText();
    expect(text).not.toContain('gone');
    expect(text).not.toContain('hidden');
    await playground.lines
      .filter({ hasText: 'inner' })
      .getByRole('button', { name: 'Group' })
      .click();
    await playground.waitFor(playground.lines, 'hidden');
  });
});

describe('everyone', () => {
  it('lets the keyboard leave the editor with Escape, then Tab', async () => {
    await playground.write('x');
    await playground.page.keyboard.press('Tab');
    await playground.waitFor(playground.editor, '  x');
    await playground.page.keyboard.press('Escape');
    await playground.page.keyboard.press('Tab');
    const hasFocus = () =>
      playground.editor.evaluate((node) => node === node.ownerDocument.activeElement);
    await eventually(hasFocus, false);
  });

  it('types over a selection of lines, and puts brackets around it', async () => {
    await playground.write('one\ntwo\nthree');
    await playground.page.keyboard.press('Shift+ArrowUp');
    await playground.page.keyboard.press('Shift+Home');
    await playground.page.keyboard.type('x');
    await eventually(() => playground.editor.innerText(), 'one\nx');
    await playground.page.keyboard.press('Control+a');
    await playground.page.keyboard.type('(');
    await eventually(() => playground.editor.innerText(), '(one\nx)');
    await playground.page.keyboard.press('Control+z');
    await eventually(() => playground.editor.innerText(), 'one\nx');
  });

  it('announces the outcome', async () => {
    await playground.run('1 + 1');
    await playground.waitFor(playground.page.getByRole('status'), /^Finished in .*Result: 2$/);
  });

  it('fits a phone', async () => {
    await playground.page.setViewportSize({ width: 375, height: 720 });
    await playground.run(
      'console.log("x".repeat(500)); console.table([{ a: "y".repeat(200) }]); missing();',
    );
    await playground.end('Error').waitFor();
    const folder = fileURLToPath(new URL('../../test-results', import.meta.url));
    mkdirSync(folder, { recursive: true });
    // Hiding the caret would take an inline style, which the content security policy forbids.
    await playground.page.screenshot({ path: `${folder}/phone.png`, caret: 'initial' });
    const overflow = await playground.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    for (const name of ['Run', 'Stop', 'Clear']) {
      const box = await playground.page.getByRole('button', { name }).boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= 375, `${name} is in view`).toBe(true);
    }
  });
});
