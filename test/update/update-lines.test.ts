import { describe, expect, it } from 'vitest';
import type { UpdatePlan } from '../../src/update/plan-update.ts';
import { updateLines } from '../../src/update/update-lines.ts';
import { installed, updated } from '../support/releases.ts';

const artifact = (letter: string, version?: string) => ({
  repository: `proto/${letter}`,
  tag: 'stable',
  digest: `sha256:${letter.repeat(64)}`,
  ...(version !== undefined && { version }),
});

const plan = {
  plan: {
    command: 'update',
    installation: '/srv/proto',
    files: [],
    actions: [{ kind: 'stop' }, { kind: 'backup', file: '/b.tar' }],
  },
  before: { tag: 'stable', version: '2026.11.0' },
  lock: { release: { tag: 'beta', version: '2026.12.0' } },
  outcomes: [
    { path: 'a', kind: 'keep', changes: [] },
    { path: 'b', kind: 'keep', changes: [], note: 'was deleted by you' },
    { path: 'c', kind: 'conflict', changes: [], note: ':3:4: broken' },
    {
      path: 'd',
      kind: 'merge',
      changes: [
        { kind: 'added', path: ['a', 'b.c'] },
        { kind: 'removed', path: ['x'] },
        { kind: 'renamed', path: ['new'], from: ['old'] },
        { kind: 'conflict', path: ['y'], line: 7 },
        { kind: 'conflict', path: [] },
      ],
    },
  ],
  services: [{ service: 'postgres', changes: ['has no kernel capability any more'] }],
  artifacts: [
    { name: 'long-name', kind: 'image', before: artifact('a', '1'), after: artifact('b', '2') },
    { name: 'new', kind: 'image', after: artifact('c') },
    { name: 'gone', kind: 'bundle', before: artifact('d', '3') },
  ],
  newlyMandatory: [{ file: 'd', line: 9, key: 'telemetry.key', about: 'the key' }],
} as unknown as UpdatePlan;

const sizes = new Map([[artifact('b').digest, 5_000_000]]);

describe('the plan of an update in words', () => {
  it('names releases, artifacts, files and steps, and last what is left to the operator', () => {
    expect(updateLines(plan, sizes, 'ours')).toEqual([
      'Plan for /srv/proto: release 2026.11.0 → 2026.12.0 (stable → beta)',
      '',
      'Images',
      '  ~ long-name  1 → 2  5.0 MB to download',
      '  + new        cccccccccccc',
      '',
      'Static bundles',
      '  - gone  3',
      '',
      'Files',
      '  = b — was deleted by you',
      '  ! c:3:4: broken',
      '  ~ d — merged with your edits',
      '      + a."b.c"',
      '      - x',
      '      > old is now new; your value and comment are moved',
      '      ! y: you and the release both changed it; your value is kept (line 7)',
      '      ! these lines: you and the release both changed it; your value is kept',
      '',
      'Services',
      '  postgres',
      '    has no kernel capability any more',
      '',
      'Steps',
      expect.stringMatching(/^ {2}1\. /),
      expect.stringMatching(/^ {2}2\. .*\/b\.tar/),
      '',
      'YOU MUST SET THESE VALUES before the platform starts again:',
      '  d:9  telemetry.key  the key',
    ]);
    expect(updateLines(plan, sizes, 'theirs').join('\n')).toContain(
      "! y: you and the release both changed it; the release's value is used (line 7)",
    );
  });

  it('has neither an empty section nor a value to set where there is none', () => {
    const lines = updateLines(updated(installed('2026.11.0'), '2026.11.0'), new Map(), 'ours');
    expect(lines).toEqual(['Plan for /srv/proto: release 2026.11.0 (stable)']);
  });
});
