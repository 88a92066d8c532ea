import type { Browser, Locator, Page } from 'playwright-core';

/** The page as its user sees it. */
export class Playground {
  readonly page: Page;
  /** What must not happen: uncaught errors and violations of the content security policy. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.faults.push(message.text());
    });
    page.on('request', (request) => {
      const isOwn = new URL(request.url()).origin === new URL(page.url()).origin;
      if (!isOwn && page.url() !== 'about:blank') this.faults.push(`foreign: ${request.url()}`);
    });
  }

  static async open(browser: Browser, url: string): Promise<Playground> {
    const playground = new Playground(await browser.newPage());
    playground.page.setDefaultTimeout(60_000);
    await playground.page.goto(url);
    return playground;
  }

  /**
   * Gives programs the most time that the service allows: on a busy machine the default may be over
   * before a test has come to what it does to them.
   */
  async allowTime(): Promise<void> {
    await this.page.route('**/api/v1/runs', (route) => {
      const body = route.request().postDataJSON() as object;
      const limits = { wall_ms: 30_000, cpu_ms: 30_000 };
      return route.continue({ postData: JSON.stringify({ ...body, limits }) });
    });
  }

  get editor(): Locator {
    return this.page.getByRole('textbox', { name: 'Program' });
  }

  get console(): Locator {
    return this.page.getByRole('log', { name: 'Console' });
  }

  get lines(): Locator {
    return this.console.locator('.entry');
  }

  get status(): Locator {
    return this.page.getByRole('contentinfo');
  }

  /** What the console ends with: `Result`, `Error`, `Cancelled`, `Limit reached`, `No outcome`. */
  end(name: string): Locator {
    return this.console.getByRole('region', { name });
  }

  async write(code: string): Promise<void> {
    await this.editor.focus();
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.press('Backspace');
    await this.page.keyboard.insertText(code);
  }

  async run(code: string): Promise<void> {
    await this.write(code);
    await this.page.keyboard.press('Control+Enter');
  }

  /** Waits until a locator finds something whose text contains this. */
  async waitFor(locator: Locator, text: string | RegExp): Promise<void> {
    await locator.filter({ hasText: text }).first().waitFor();
  }
}
