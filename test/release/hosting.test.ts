import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { renderCompose } from '../../src/compose/render-compose.ts';
import { UserError } from '../../src/errors.ts';
import { withRandoms } from '../../src/init/plan-init.ts';
import { parseRelease } from '../../src/release/parse-release.ts';
import { templatesFor } from '../../src/release/release.ts';
import { pinnedImages, readTemplateSet, templatesFolder } from '../support/template-set.ts';

const all = readTemplateSet();
const hybrid = templatesFor(all, 'hybrid');
const onPremise = templatesFor(all, 'on-premise');

describe('the template set of a kind of hosting', () => {
  it('asks for nothing that this kind has no use for', () => {
    const asked = (set: typeof all) =>
      Object.entries(set.release.values).flatMap(([name, { ask }]) =>
        ask === undefined ? [] : [name],
      );
    expect(asked(hybrid)).toEqual([
      'YOUR_URL',
      'YOUR_TLS_CERTIFICATE',
      'YOUR_TLS_CERTIFICATE_KEY',
      'YOUR_ALLOWED_CIDRS',
    ]);
    expect(asked(onPremise)).not.toContain('YOUR_ALLOWED_CIDRS');
    expect(asked(onPremise)).toContain('YOUR_SENDGRID_API_KEY');
    expect(hybrid.release.values.YOUR_URL?.ask).toContain("the vendor's platform");
    expect(onPremise.release.values.YOUR_URL?.ask).toContain('people');
  });

  it('makes no secret that nothing of it holds', () => {
    const names = [...withRandoms(hybrid, new Map(), () => 'x').keys()];
    const texts = [...hybrid.files.values()].join();
    expect(names.length).toBe(3);
    for (const name of names) expect(texts).toContain(`{${name}}`);
  });

  it('has the files of its own services, and those that the release says', () => {
    expect([...hybrid.files.keys()]).toEqual([
      'backend/config/access.toml',
      'backend/config/bucket.toml',
      'backend/secrets/ca_certificate',
      'backend/secrets/ca_certificate_key',
      'backend/secrets/postgres_password',
      'backend/secrets/tls_certificate',
      'backend/secrets/tls_certificate_key',
      'proto.toml',
    ]);
    expect(
      [...onPremise.files.keys()].filter((path) => !path.startsWith('backend/config/')),
    ).toEqual(['backend/secrets/postgres_password', 'proto.toml']);
    expect(onPremise.files.has('backend/config/access.toml')).toBe(false);
  });

  it('is the same a second time', () => {
    expect(templatesFor(hybrid, 'hybrid')).toEqual(hybrid);
    expect(templatesFor(onPremise, 'on-premise')).toEqual(onPremise);
  });

  it('publishes nothing but on the loopback, and with hybrid hosting PostgreSQL', () => {
    const ports = ({ release }: typeof all) =>
      Object.entries(release.services).flatMap(([name, { publish, publish_address }]) =>
        publish === undefined || publish_address === '127.0.0.1'
          ? []
          : [`${name} ${publish_address}:${publish}`],
      );
    expect(ports(onPremise)).toEqual([]);
    expect(ports(hybrid)).toEqual(['postgres 0.0.0.0:5432']);
  });

  it('brings a given certificate into Compose with its own path, $ and all else escaped', () => {
    const certificate = { certificate: '/etc/ssl/$x.pem', key: '/etc/ssl/key "1".pem' };
    const compose = renderCompose({
      release: hybrid.release,
      hosting: 'hybrid',
      identity: 'i',
      project: 'p',
      images: pinnedImages(all),
      group: 1000,
      certificate,
    });
    expect(parse(compose).secrets).toMatchObject({
      tls_certificate: { file: '/etc/ssl/$$x.pem' },
      tls_certificate_key: { file: '/etc/ssl/key "1".pem' },
    });
  });
});

describe('a release', () => {
  const text = readFileSync(join(templatesFolder, 'release.yml'), 'utf8');
  function faults(change: (document: any) => void): string {
    const document = parse(text);
    change(document);
    try {
      parseRelease(stringify(document));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.faults.map(({ key, message }) => `${key} ${message}`).join('; ');
    }
    return '';
  }

  it('may use one port for two services that no kind of hosting has both of', () => {
    expect(faults(() => {})).toBe('');
    expect(
      faults((document) => {
        document.services.bucket.publish = 9000;
      }),
    ).toBe('services.bucket.publish port 9000 is already used by msgrouter_ws');
  });

  it('is reported of what is wrong with hybrid hosting alone', () => {
    expect(
      faults((document) => {
        document.services.bucket.hybrid.publish = 5432;
      }),
    ).toBe('services.bucket.publish port 5432 is already used by postgres');
    expect(
      faults((document) => {
        document.services.postgres.hybrid.publish_address = 'everywhere';
        document.services.postgres.hybrid.files = { '../../etc/passwd': '/etc/passwd' };
      }),
    ).toContain('services.postgres.hybrid.publish_address is not an IPv4 address');
  });
});
