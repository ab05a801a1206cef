import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
// @ts-expect-error scripts have no types
import { resolveStack } from '../../scripts/resolve-stack.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const maps = JSON.parse(readFileSync(join(root, '.cache/source-maps.json'), 'utf8'));

/** A bug in the middle of the program: what it asks Node for throws. */
const bug = "process.getgid = () => { throw new TypeError('a bug') };";
const asNpmHasIt = `${bug} require('${root}dist/proto-scaffold.js')`;
const asTheExecutableHasIt = `${bug}
const { readFileSync } = require('node:fs');
const { stageLoader } = require('${root}scripts/executable/stages.cjs');
const read = (name) => ({ code: readFileSync('${root}dist/' + name, 'utf8').replace(/^#!.*\\n.*\\n/, '') });
stageLoader(read, () => {}, '${root}dist')('proto-scaffold.js')`;

it.each([
  ['npm installs', asNpmHasIt],
  ['is one executable', asTheExecutableHasIt],
])('a stack of the program that %s leads to files and lines of src/', (_what, script) => {
  const { stderr } = spawnSync(process.execPath, ['-e', script, 'x', 'status'], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/proto-scaffold\.js:\d+:\d+/);

  const resolved: string = resolveStack(stderr, maps);

  const [, line = ''] = /src\/cli\.ts:(\d+):\d+/.exec(resolved) ?? [];
  const lines = readFileSync(join(root, 'src/cli.ts'), 'utf8').split('\n');
  expect(lines[Number(line) - 1]).toContain('process.getgid');
  expect(resolved).not.toMatch(/dist\/[\w-]+\.js:\d/);
});

it('leaves alone what is in no stage', () => {
  const text = 'at f (/usr/lib/other.js:1:2)\n    at node:internal/x.js:3:4';
  expect(resolveStack(text, maps)).toBe(text);
});
