import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256 } from '../../src/lib/fs/files.ts';
import type { RunGuard } from '../../src/transaction/run-guard.ts';
import {
  type Committed,
  openTransaction,
  type Transaction,
} from '../../src/transaction/transaction.ts';

/** A tree of a few files that looks like an installation to the writer, and a change of every kind to it. */

export const platform = 'backend/config/platform.toml';
export const chatbot = 'backend/config/chatbot.toml';
export const dropped = 'nginx/old.conf';
export const added = 'backend/secrets/new/key';

export const before: Readonly<Record<string, string>> = {
  [platform]: 'url = "mine"\n',
  [chatbot]: 'model = "mine"\n',
  [dropped]: 'server {}\n',
  'frontend/index.html': 'old page\n',
  'frontend/assets/app.js': 'old program\n',
  'backend/docker-compose.override.yml': 'services: {}\n',
  '.proto/lock.json': '{"release":"old"}\n',
  [`.proto/base/${platform}`]: 'url = "{YOUR_URL}"\n',
  [`.proto/base/${chatbot}`]: 'model = "vendor"\n',
  [`.proto/base/${dropped}`]: 'server {}\n',
};

export const after: Readonly<Record<string, string>> = {
  [platform]: 'url = "mine"\nnew = true\n',
  [chatbot]: 'model = "mine"\n',
  [added]: 'a key\n',
  'frontend/index.html': 'new page\n',
  'backend/docker-compose.override.yml': 'services: {}\n',
  '.proto/lock.json': '{"release":"new"}\n',
  [`.proto/base/${platform}`]: 'url = "{YOUR_URL}"\nnew = true\n',
  [`.proto/base/${added}`]: '',
};

export const record = {
  why: 'update to 2026.12.0',
  kind: 'release',
  release: { tag: 'stable', version: '2026.11.0' },
} as const;

/** A new folder; its caller removes it. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'proto-scaffold-test-')));
}

export function makeInstallation(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, content] of Object.entries(before)) put(folder, path, content);
  chmodSync(join(folder, platform), 0o604);
  return folder;
}

export function put(folder: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

export const folderMode = (path: string): number => (path.startsWith('backend') ? 0o700 : 0o755);

/** Makes the change from `before` to `after`. */
export async function change(folder: string, guard: RunGuard): Promise<Committed> {
  const transaction = await openTransaction(folder, guard, folderMode);
  try {
    await stageChange(transaction);
    return await transaction.commit(record);
  } finally {
    await transaction[Symbol.asyncDispose]();
  }
}

export async function stageChange(transaction: Transaction): Promise<void> {
  const sha = (path: string) => sha256(before[path] ?? '');
  const text = (path: string) => after[path] ?? '';
  await transaction.write({
    path: platform,
    content: text(platform),
    mode: 0o640,
    expected: sha(platform),
  });
  await transaction.write({ path: added, content: text(added), mode: 0o600, expected: undefined });
  transaction.remove(dropped, sha(dropped));
  const frontend = await transaction.replaceFolder('frontend');
  writeFileSync(join(frontend, 'index.html'), text('frontend/index.html'));
  const base = Object.entries(after).filter(([path]) => path.startsWith('.proto/base/'));
  await transaction.setBase(new Map(base.map(([path, is]) => [path.slice(12), is])));
  await transaction.setLock(text('.proto/lock.json'));
}

/** Every file below a folder, by path. */
export function readTree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    entries.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** The tree without what is kept in history. */
export function readPresentTree(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readTree(folder)).filter(([path]) => !path.startsWith('.proto/history/')),
  );
}

export function modeOf(folder: string, path: string): string {
  return (statSync(join(folder, path)).mode & 0o7777).toString(8);
}
