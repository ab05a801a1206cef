import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import { document } from './support/compose-arbitrary.ts';
import {
  anchorEdit,
  applyAnchorEdit,
  applyEdits,
  operatorEdit,
  vendorEdit,
} from './support/compose-edits.ts';
import { render, vendorStyle } from './support/compose-model.ts';
import { propertyRuns } from './support/runs.ts';

vi.setConfig({ testTimeout: 3_600_000 });

const base = `x-common: &common
  restart: always
  logging: { driver: local }
services:
  platform:
    <<: *common
    image: platform:1
`;

function merge(current: string, incoming: string) {
  return mergeYaml(base, current, incoming, { onConflict: 'ours' });
}

describe('a merge of files with anchors', () => {
  it('changes a shared value where it is defined, once', () => {
    const current = base.replace('platform:1', 'platform:1 # pinned');
    const incoming = base.replace('restart: always', 'restart: unless-stopped');
    expect(merge(current, incoming)).toMatchObject({
      kind: 'merged',
      text: current.replace('restart: always', 'restart: unless-stopped'),
      changes: [{ path: ['x-common', 'restart'], kind: 'changed', line: 2 }],
    });
  });

  it("leaves alone what the operator wrote out in an alias's place", () => {
    const current = base.replace('<<: *common', 'restart: "no"');
    const incoming = base.replace('restart: always', 'restart: unless-stopped');
    expect(merge(current, incoming)).toMatchObject({
      kind: 'merged',
      text: current.replace('restart: always', 'restart: unless-stopped'),
    });
  });

  it("gives a new service the operator's shared values", () => {
    const current = base.replace('restart: always', 'restart: "no"');
    const incoming = `${base}  router:\n    <<: *common\n    image: router:1\n`;
    const result = merge(current, incoming);
    expect(result).toMatchObject({
      kind: 'merged',
      text: `${current}${incoming.slice(base.length)}`,
    });
    expect(
      result.kind === 'merged' && parse(result.text, { merge: true }).services.router,
    ).toMatchObject({ restart: 'no', image: 'router:1' });
  });

  it('takes on a new name for an anchor everywhere', () => {
    const incoming = base.replaceAll('common', 'shared').replace('x-shared', 'x-common');
    const current = base.replace('platform:1', 'platform:1 # pinned');
    expect(merge(current, incoming)).toMatchObject({
      kind: 'merged',
      text: incoming.replace('platform:1', 'platform:1 # pinned'),
    });
  });

  it("is unsafe where the vendor drops an anchor that a service of the operator's needs", () => {
    const current = `${base}  mine:\n    <<: *common\n`;
    const incoming = base
      .replace(/^x-common(.|\n)*?(?=services)/, '')
      .replace('    <<: *common\n', '');
    expect(merge(current, incoming)).toMatchObject({ kind: 'unsafe' });
  });

  it('is unsafe where an alias that comes in would find another anchor of the same name', () => {
    const current = base.replace('services:', 'x-own: &common\n  restart: "no"\nservices:');
    const incoming = `${base}  router:\n    <<: *common\n`;
    expect(merge(current, incoming)).toMatchObject({ kind: 'unsafe' });
  });

  it('never expands an alias', () => {
    const names = [...'abcdefghijklmnopqrstuvwxyz'];
    const bomb = names
      .map((name, i) => `${name}: &${name} [${i === 0 ? 'x' : `*${names[i - 1]}, `.repeat(9)}]\n`)
      .join('');
    expect(
      mergeYaml(bomb, `${bomb}mine: 1\n`, `${bomb}new: 1\n`, { onConflict: 'ours' }),
    ).toMatchObject({ kind: 'merged', text: `${bomb}new: 1\nmine: 1\n` });
  });

  it('gives back a file whose aliases all resolve, or none, whatever becomes of the anchor', () => {
    const edits = fc.record({
      operator: fc.tuple(anchorEdit, fc.array(operatorEdit, { maxLength: 3 })),
      vendor: fc.tuple(anchorEdit, fc.array(vendorEdit, { maxLength: 4 })),
    });
    fc.assert(
      fc.property(document, edits, (fields, { operator, vendor }) => {
        const file = ([anchor, edits]: [(typeof operator)[0], Parameters<typeof applyEdits>[1]]) =>
          render(applyAnchorEdit(applyEdits(fields, edits), anchor), vendorStyle);
        const [own, next] = [file(operator), file(vendor)];
        fc.pre(resolves(own) && resolves(next));
        const result = mergeYaml(render(fields, vendorStyle), own, next, { onConflict: 'ours' });
        expect(result.kind).not.toBe('unreadable');
        if (result.kind === 'merged') expect(resolves(result.text)).toBe(true);
      }),
      { numRuns: propertyRuns },
    );
  });
});

function resolves(text: string): boolean {
  try {
    parse(text, { maxAliasCount: -1 });
    return true;
  } catch {
    return false;
  }
}
