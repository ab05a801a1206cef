import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

/** The linter with the project's own rules, let loose on a tree that breaks them. */

const root = fileURLToPath(new URL('..', import.meta.url));

const broken: [path: string, line: string, message: string][] = [
  ['src/core/a.ts', "import { x } from './host/files.ts';", 'core is pure'],
  ['src/core/targets/b.ts', "import { x } from '../steps/show-plan.ts';", 'core is pure'],
  ['src/core/c.ts', "import { readFile as x } from 'node:fs/promises';", 'core is pure'],
  ['src/core/d.ts', "import type { Context as x } from './context.ts';", 'core is pure'],
  ['src/core/e.ts', 'const x = process.env;', 'global variable'],
  ['src/core/f.ts', 'const x = new Date();', 'global variable'],
  ['src/core/g.ts', "const x = fetch('');", 'global variable'],
  ['src/core/h.ts', 'const x = Math.random();', 'core is pure'],
  ['src/core/p.ts', "import { execa as x } from 'execa';", 'core is pure'],
  ['src/core/q.ts', "import { x } from 'zod-to-json-schema';", 'core is pure'],
  ['src/core/r.ts', "import 'tar'; const x = 1;", 'core is pure'],
  ['src/core/s.ts', "export { readFile } from 'node:fs/promises';", 'core is pure'],
  ['src/core/t.ts', "export * from './host/files.ts';", 'core is pure'],
  ['src/core/u.ts', "const x = import('node:fs');", 'core is pure'],
  ['src/core/v.ts', "const x = import('./core/lock.ts');", 'core is pure'],
  ['src/core/w.ts', 'const x = globalThis.process;', 'global variable'],
  ['src/core/x.ts', "export type { Context } from './context.ts';", 'core is pure'],
  ['src/host/aa.ts', "export { parseLock } from './core/lock.ts';", 'host takes only types'],
  ['src/host/ab.ts', "export * from './core/lock.ts';", 'host takes only types'],
  ['src/host/ac.ts', "const x = import('./core/lock.ts');", 'host takes only types'],
  ['src/host/ad.ts', "export * from './steps/show-plan.ts';", 'host knows nothing'],
  ['src/steps/ae.ts', "export { init } from './commands/init.ts';", 'steps are for commands'],
  ['src/steps/af.ts', "const x = import('./commands/init.ts');", 'steps are for commands'],
  ['src/commands/ag.ts', "export { login } from './core/login.ts';", 'commands never import'],
  ['src/commands/ah.ts', "export * from './commands/login.ts';", 'commands never import'],
  ['src/commands/ai.ts', "const x = import('./core/login.ts');", 'commands never import'],
  ['src/host/i.ts', "import { parseLock as x } from './core/lock.ts';", 'host takes only types'],
  ['src/host/j.ts', "import type { Context as x } from './context.ts';", 'host knows nothing'],
  ['src/steps/k.ts', "import { init as x } from './commands/init.ts';", 'steps are for commands'],
  ['src/commands/l.ts', "import { login as x } from './core/login.ts';", 'commands never import'],
];
const sound: [path: string, line: string][] = [
  ['src/host/m.ts', "import type { Lock as x } from './core/lock.ts';"],
  ['src/commands/n.ts', "import { loadCredentials as x } from './steps/load-credentials.ts';"],
  ['src/core/o.ts', "import { UserError as x } from './errors.ts';"],
  ['src/core/aj.ts', "import { z as x } from 'zod';"],
  ['src/core/ak.ts', "import x from '@iarna/toml';"],
  ['src/core/al.ts', "export { UserError } from './errors.ts';"],
  ['src/host/am.ts', "export type { Lock } from './core/lock.ts';"],
  ['src/host/an.ts', "const x = import('execa');"],
  ['src/cli.ts', "const x = import('./core/commands/init.ts');"],
  ['src/cli/as.ts', "const x = import('./commands/init.ts');"],
];

const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-lint-'));
afterAll(() => rmSync(folder, { recursive: true }));

function lintAll(): Map<string, string[]> {
  const { vcs, $schema, ...config } = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
  cpSync(join(root, 'lint'), join(folder, 'lint'), { recursive: true });
  for (const [path, line] of [...broken, ...sound]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const use = line.startsWith('import type') ? 'export type Y = x;' : 'export const y = x;';
    const lines = line.startsWith('export') ? [line] : [line, use];
    writeFileSync(join(folder, path), `${lines.join('\n')}\n`);
  }
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', 'src'];
  const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
  const said = new Map<string, string[]>();
  for (const { location, message } of JSON.parse(stdout).diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file;
    said.set(path, [...(said.get(path) ?? []), JSON.stringify(message)]);
  }
  return said;
}

describe('the import rule', () => {
  const said = lintAll();

  it.each(broken)('fails in %s for %s', (path, _line, message) => {
    expect(said.get(path)?.join('\n')).toContain(message);
  });

  it.each(sound)('allows in %s %s', (path) => {
    expect(said.get(path)).toBeUndefined();
  });
});
