import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import { document } from './support/compose-arbitrary.ts';
import { applyEdits, operatorEdit } from './support/compose-edits.ts';
import { type Field, render, vendorStyle } from './support/compose-model.ts';
import { equal, isEntries, mergeOracle, type Oracle, readOracle } from './support/plain-oracle.ts';
import { propertyRuns } from './support/runs.ts';

vi.setConfig({ testTimeout: 3_600_000 });

const base = `services:
  # The router
  router:
    image: router:1
    environment:
      PORT: "9000" # WebSocket
`;

function merge(current: string, incoming: string, ...renames: [string, string][]) {
  return mergeYaml(base, current, incoming, {
    onConflict: 'ours',
    renames: renames.map(([from, to]) => ({ from: from.split('.'), to: to.split('.') })),
  });
}

describe('a merge over a rename', () => {
  it("carries the operator's value and comments to the new name", () => {
    const current = base
      .replace('# The router', '# The router\n  # (ours)')
      .replace('"9000" # WebSocket', '"9001" # firewall');
    expect(
      merge(current, base.replace('router:\n', 'ws:\n'), ['services.router', 'services.ws']),
    ).toMatchObject({
      kind: 'merged',
      text: current.replace('router:\n', 'ws:\n'),
      changes: [
        { path: ['services', 'ws'], from: ['services', 'router'], kind: 'renamed', line: 4 },
        { path: ['services', 'ws', 'environment', 'PORT'], kind: 'kept', line: 7 },
      ],
    });
  });

  it('leaves a rename out where the new name is taken', () => {
    const current = `${base}  ws:\n    image: mine:1\n`;
    const incoming = base.replace('router:\n', 'ws:\n');
    expect(merge(current, incoming, ['services.router', 'services.ws'])).toMatchObject({
      kind: 'merged',
      changes: [
        { path: ['services', 'router'], kind: 'removed' },
        { path: ['services', 'ws', 'image'], kind: 'conflict' },
        { path: ['services', 'ws', 'environment'], kind: 'added' },
      ],
    });
  });

  it('lets a renamed key stay out that the operator took out', () => {
    const current = base.replace(/ {6}PORT.*\n/, '      OTHER: x\n');
    const incoming = base.replace('PORT', 'WS_PORT').replace('router:1', 'router:2');
    const names: [string, string] = [
      'services.router.environment.PORT',
      'services.router.environment.WS_PORT',
    ];
    expect(merge(current, incoming, names)).toMatchObject({
      text: current.replace('router:1', 'router:2'),
    });
  });

  it('keeps an edited value under its old name where the new place does not exist', () => {
    const current = base.replace('"9000"', '"9001"');
    const incoming = `${base.replace(/ {4}environment:\n.*\n/, '')}    settings:\n      port: "9000"\n`;
    const names: [string, string] = [
      'services.router.environment.PORT',
      'services.router.settings.port',
    ];
    expect(merge(current, incoming, names)).toMatchObject({
      kind: 'merged',
      text: current.replace(
        '    environment',
        '    settings:\n      port: "9000"\n    environment',
      ),
      changes: [
        { path: ['services', 'router', 'environment'], kind: 'conflict' },
        { path: ['services', 'router', 'settings'], kind: 'added' },
      ],
    });
  });

  it('means what a merge means in which all three had the new name', () => {
    fc.assert(
      fc.property(document, fc.array(operatorEdit, { maxLength: 4 }), (fields, edits) => {
        const old = serviceNames(fields)[0];
        fc.pre(old !== undefined);
        const texts = [
          fields,
          applyEdits(fields, edits),
          fields.map((field) => renameService(field, old)),
        ].map((one) => render(one, vendorStyle)) as [string, string, string];
        const result = mergeYaml(...texts, {
          onConflict: 'ours',
          renames: [{ from: ['services', old], to: ['services', 'renamed'] }],
        });
        if (result.kind !== 'merged') throw new Error(JSON.stringify(result));
        const [was, is, willBe] = texts.map((text) => renamedOracle(readOracle(text), old));
        expect(equal(readOracle(result.text), mergeOracle(was, is, willBe))).toBe(true);
        const comments = (text: string) => (text.match(/# op \d+/g) ?? []).sort();
        expect(comments(result.text)).toEqual(comments(texts[1]));
      }),
      { numRuns: propertyRuns },
    );
  });
});

function serviceNames(fields: readonly Field[]): string[] {
  return fields.flatMap(({ key, value }) =>
    key === 'services' && value.kind === 'map' ? value.fields.map((service) => service.key) : [],
  );
}

function renameService(field: Field, old: string): Field {
  if (field.key !== 'services' || field.value.kind !== 'map') return field;
  const fields = field.value.fields.map((service) =>
    service.key === old ? { ...service, key: 'renamed' } : service,
  );
  return { ...field, value: { ...field.value, fields } };
}

function renamedOracle(file: Oracle, old: string): Oracle {
  if (!isEntries(file)) return file;
  const services = file.get('services');
  if (!isEntries(services)) return file;
  const renamed = [...services].map(([key, value]) => [key === old ? 'renamed' : key, value]);
  return new Map([...file, ['services', new Map(renamed as [string, Oracle][])]]);
}
