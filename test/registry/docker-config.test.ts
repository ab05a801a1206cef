import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import {
  hostOf,
  mustBeDockerConfig,
  namesHelper,
  withHelper,
} from '../../src/registry/docker-config.ts';
import { storedLogin } from '../../src/registry/stored-login.ts';

const registry = '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com';
const edit = (text: string | undefined) =>
  withHelper(text, registry, '/home/op/.docker/config.json');
const helpers = { [registry]: 'proto-scaffold' };

describe('withHelper', () => {
  it.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['an empty object', '{}'],
    ['an empty object over lines', '{\n}\n'],
    ['helpers that are null', '{"credHelpers": null}'],
  ])('makes a config of %s', (_what, text) => {
    expect(JSON.parse(edit(text))).toEqual({ credHelpers: helpers });
  });

  // docker/cli 26.1 reads each of these without a warning.
  it.each([
    '{"auths": null}',
    '{"auths": null, "credHelpers": null, "credsStore": null}',
    '{"auths": {"ghcr.io": null}, "credHelpers": {"gcr.io": null}}',
    '{"auths": {"ghcr.io": {"auth": null}}}',
    `{"credHelpers":\tnull,\n"auths": {"${registry}": null, "ghcr.io": {}}}`,
  ])('takes null for nothing, as Docker does: %s', (text) => {
    expect(() => mustBeDockerConfig(text, 'config.json')).not.toThrow();
    const edited = JSON.parse(edit(text));
    const { auths, credHelpers, ...rest } = JSON.parse(text);
    const others =
      auths && Object.fromEntries(Object.entries(auths).filter(([s]) => s !== registry));
    expect(edited).toEqual({
      ...rest,
      ...(auths !== undefined && { auths: others }),
      credHelpers: { ...credHelpers, ...helpers },
    });
    expect(namesHelper(text, registry)).toBe(false);
    expect(storedLogin(text, registry)).toEqual({ kind: 'none' });
  });

  // Parser and editor recurse. How deep they can go differs from call to call, so that a file could be read and not edited.
  it('edits up to 500 levels, and refuses more before it parses', () => {
    const nested = (depth: number) => `${'{"[{":'.repeat(depth)}"\\"{["${'}'.repeat(depth)}`;
    expect(edit(nested(500))).toContain('proto-scaffold');
    const faults = expect.arrayContaining([
      expect.objectContaining({ message: 'is not valid JSON: nested too deeply' }),
    ]);
    for (const depth of [501, 3000, 100_000]) {
      expect(() => edit(nested(depth))).toThrow(expect.objectContaining({ faults }));
    }
    const hidden = `[${'}'.repeat(100_000)},${'['.repeat(100_000)}`;
    expect(() => edit(hidden)).toThrow(expect.objectContaining({ faults }));
  });

  it('keeps 100,000 blanks before a member', () => {
    const blanks = ' '.repeat(100_000);
    const present = `{"credHelpers": {${blanks}"gcr.io":${blanks}"gcloud"}}`;
    expect(edit(present)).toBe(
      `{"credHelpers": {${blanks}"gcr.io":${blanks}"gcloud",${blanks}"${registry}": "proto-scaffold"}}`,
    );
  });

  it('keeps every byte but those it has to change', () => {
    const present = [
      '{',
      '   "auths" :{ "ghcr.io": {"auth": "YTpi"},',
      `      "${registry}":   {"auth": "QVdTOng="} },`,
      '   "HttpHeaders": { "X":"ü \\u00e9" },   "psFormat": "table {{.ID}}\\t{{.Names}}",',
      '',
      '   "credHelpers": {"gcr.io": "gcloud"},',
      '   "experimental"  : "enabled" }',
      '',
      '',
    ].join('\r\n');
    const edited = edit(present);
    expect(edited).toBe(
      [
        '{',
        '   "auths" :{ "ghcr.io": {"auth": "YTpi"} },',
        '   "HttpHeaders": { "X":"ü \\u00e9" },   "psFormat": "table {{.ID}}\\t{{.Names}}",',
        '',
        `   "credHelpers": {"gcr.io": "gcloud","${registry}": "proto-scaffold"},`,
        '   "experimental"  : "enabled" }',
        '',
        '',
      ].join('\r\n'),
    );
  });

  it("adds to a config as Docker writes it, with Docker's tabs", () => {
    const present = '{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "YTpi"\n\t\t}\n\t}\n}';
    expect(edit(present)).toBe(
      `{\n\t"auths": {\n\t\t"ghcr.io": {\n\t\t\t"auth": "YTpi"\n\t\t}\n\t},\n\t"credHelpers": {\n\t\t"${registry}": "proto-scaffold"\n\t}\n}`,
    );
  });

  it('changes nothing the second time', () => {
    const once = edit('{"auths": {}}');
    expect(edit(once)).toBe(once);
  });

  it('takes over from another helper for this registry', () => {
    const present = JSON.stringify({
      credHelpers: { [registry]: 'ecr-login', 'gcr.io': 'gcloud' },
    });
    expect(JSON.parse(edit(present)).credHelpers).toEqual({ ...helpers, 'gcr.io': 'gcloud' });
  });

  it.each([registry, `https://${registry}`, `https://${registry}/v2/`, `${registry}/`])(
    'takes away the login stored for %s, and no other',
    (server) => {
      const others = { [`x${registry}`]: { auth: 'YQ==' }, 'ghcr.io': { auth: 'Yg==' } };
      const present = JSON.stringify({ auths: { [server]: { auth: 'QVdTOng=' }, ...others } });
      expect(JSON.parse(edit(present))).toEqual({ auths: others, credHelpers: helpers });
    },
  );

  it('keeps the meaning of all else, whatever it is', () => {
    const others = fc.dictionary(
      fc.string().filter((key) => !['auths', 'credHelpers', '__proto__'].includes(key)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(others, fc.constantFrom(0, 1, 2, 4, '\t'), (config, indent) => {
        const text = JSON.stringify({ auths: { [registry]: {} }, ...config }, null, indent);
        expect(JSON.parse(edit(text))).toEqual(
          JSON.parse(JSON.stringify({ auths: {}, ...config, credHelpers: helpers })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['no JSON', '{', /closing \}/],
    ['JSON with a comment', '{ // x\n}', /comments/],
    ['a list', '[]', /must be an object/],
    ['null', 'null', /must be an object/],
    ['helpers that are a list', '{"credHelpers": []}', /must be an object/],
    ['helpers that are a text', '{"credHelpers": "x"}', /must be an object/],
    ['logins that are a list', '{"auths": [1]}', /must be an object/],
    [
      'a login that is a text',
      '{"auths": {"ghcr.io": "x"}}',
      /entry ghcr\.io, which must be an object/,
    ],
    [
      'a helper that is a number',
      '{"credHelpers": {"gcr.io": 1}}',
      /entry gcr\.io, which must be a text/,
    ],
    ['a byte order mark, which Docker does not read', '\ufeff{}', /byte order mark/],
  ])('refuses %s and says where', (_what, text, message) => {
    let caught: unknown;
    try {
      edit(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    expect(caught).toMatchObject({ code: 'DOCKER_CONFIG_INVALID' });
    const [fault] = (caught as UserError).faults;
    expect(fault).toMatchObject({ file: '/home/op/.docker/config.json', line: 1 });
    expect(fault?.message).toMatch(message);
  });
});

describe('hostOf', () => {
  it.each([
    ['https://r.example/v2/', 'r.example'],
    ['http://127.0.0.1:5000', '127.0.0.1:5000'],
    ['r.example/proto/platform', 'r.example'],
    ['r.example\n', 'r.example'],
    ['', ''],
  ])('of %j is %j', (server, host) => {
    expect(hostOf(server)).toBe(host);
  });
});
