import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderCompose } from '../../src/compose/render-compose.ts';
import { mergeYaml } from '../../src/merge/merge-yaml.ts';
import { templatesFor } from '../../src/release/release.ts';
import { pinnedImages, readTemplateSet } from '../support/template-set.ts';

const templates = templatesFor(readTemplateSet(), 'on-premise');
const options = { onConflict: 'ours', renames: [] } as const;

function rendered(
  environment: Record<string, string>,
  project = 'proto',
  foreignNetworks = new Set<string>(),
): string {
  const { release } = templates;
  const services = Object.fromEntries(
    Object.entries(release.services).map(([name, service]) => [
      name,
      name === 'chatbot'
        ? { ...service, environment, command: Object.values(environment) }
        : service,
    ]),
  );
  const images = pinnedImages(templates);
  const input = {
    ...({ hosting: 'on-premise', identity: 'i', project, images, group: 1000 } as const),
    foreignNetworks,
  };
  return renderCompose({ ...input, release: { ...release, services } });
}

/** Texts that Go (yaml.v3) or a parser of YAML 1.1 reads as a number, a date, a boolean, nothing, or not at all. */
const texts = [
  ...['2026-01-01', '2026-1-1', '2026-01-01T10:00:00Z', '2001-12-14 21:59:43.10 -5'],
  ...['on', 'Off', 'yes', 'NO', 'y', 'N', 'true', 'False', '~', 'null', 'Null', '', '<<', '='],
  ...['1_000', '0b11', '-0b1', '0B1', '0o7', '0O7', '-0o7', '012', '08', '0x1F', '0X1f', '+0x_1'],
  ...[
    '1e3',
    '1E+3',
    '1e1_0',
    '.5',
    '5.',
    '1_0.5',
    '.inf',
    '-.Inf',
    '.NaN',
    '12:30:00',
    '22:22',
    '1:2',
  ],
];

describe('docker-compose.yml', () => {
  it.each(texts)('has %j as a text, as a value, an item and a key', (text) => {
    const compose = rendered({ V: text, [text || 'x']: 'k' });
    const quoted = JSON.stringify(text);
    expect(compose).toContain(`      V: ${quoted}\n`);
    expect(compose).toContain(`      - ${quoted}\n`);
    if (text !== '')
      expect(compose).toMatch(
        new RegExp(`^ {6}\\??\\s?${quoted.replace(/[+.]/g, '\\$&')}:? *`, 'm'),
      );
    expect(parse(compose, { version: '1.1' }).services.chatbot.environment.V).toBe(text);
  });

  it('has the name of a project that looks like a number as a text', () => {
    expect(rendered({}, '1e3-0f3a9c')).toContain('\nname: "1e3-0f3a9c"\n');
  });

  it('says nothing of a network that the override makes an external one', () => {
    expect(Object.keys(parse(rendered({}, 'p', new Set(['postgres']))).networks)).toEqual([
      'default',
      'bucket',
    ]);
  });

  it('quotes nothing else', () => {
    const compose = rendered({ A: 'abc', B: 'on call', C: '1.2.3-rc', D: '/a/b:c' });
    expect(compose).toContain(
      '      A: abc\n      B: on call\n      C: 1.2.3-rc\n      D: /a/b:c\n',
    );
  });

  it('gets the quotes by an update, without a conflict, and keeps what was edited', () => {
    const incoming = rendered({ V: '2026-01-01', W: 'on', X: 'x' });
    const base = incoming.replaceAll('"2026-01-01"', '2026-01-01').replaceAll('"on"', 'on');
    expect(base).not.toBe(incoming);
    const edit = (text: string) => text.replace('X: x', 'X: y # mine');
    expect(mergeYaml(base, edit(base), incoming, options)).toMatchObject({
      kind: 'merged',
      text: edit(incoming),
    });
    const own = base.replace('V: 2026-01-01', 'V: 2027-02-02').replace('W: on', 'W: "off"');
    for (const onConflict of ['ours', 'theirs'] as const) {
      const merged = mergeYaml(base, own, incoming, { ...options, onConflict });
      if (merged.kind !== 'merged') throw new Error(merged.kind);
      expect(merged.changes.filter(({ kind }) => kind === 'conflict')).toEqual([]);
      expect(merged.text).toContain('V: 2027-02-02');
      expect(merged.text).toContain('W: "off"');
    }
    const command = base.replace('      - 2026-01-01\n', '      - 2026-01-01\n      - more\n');
    const merged = mergeYaml(base, command, incoming, options);
    expect(merged).toMatchObject({ kind: 'merged' });
    expect(merged.kind === 'merged' && merged.text).toContain('      - more\n');
    expect(merged.kind === 'merged' && merged.changes.map(({ kind }) => kind)).not.toContain(
      'conflict',
    );
  });
});
