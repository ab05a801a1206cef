import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** A headless Chromium of the host, with a profile of its own. */
export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/**
 * @param hosts names that lead to 127.0.0.1; their certificates are taken as they are
 */
export async function openBrowser(hosts: readonly string[]): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'proto-test-browser-'));
  const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync'];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    ignoreHTTPSErrors: true,
    viewport: { width: 900, height: 600 },
    args: [
      '--no-sandbox',
      '--no-first-run',
      ...quiet.map((feature) => `--disable-${feature}`),
      `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ')}`,
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
