import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { digestOf } from '../../src/registry/manifest.ts';
import { fetchObject, type ObjectParts, openObject } from '../../src/release-object/object.ts';
import { packObject } from '../../src/release-object/pack-object.ts';
import { packTemplates, unpackTemplates } from '../../src/release-object/template-archive.ts';
import { type Signature, signatures } from '../../src/trust/signature.ts';
import { configOf, templatesOf, vendorKey } from '../support/release-object.ts';

const texts = await templatesOf('2026.12.0');
const config = configOf(texts, { sequence: 4 });
const made = packObject(config, texts, '# 2026.12.0\n');
const program = '0.3.0';
const wanted = { namespace: 'proto', digest: made.digest, program };

async function failure(act: () => unknown): Promise<UserError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a release object', () => {
  it('is the same bytes each time, whatever the order of its input', () => {
    const turned = { ...texts, files: new Map([...texts.files].reverse()) };
    const images = Object.fromEntries(Object.entries(config.images).reverse());
    expect(packObject({ ...config, images }, turned, '# 2026.12.0\n').digest).toBe(made.digest);
  });

  it('opens as what it was made from', async () => {
    const opened = await openObject(made.parts, wanted);
    expect(opened.config).toEqual(config);
    expect([...opened.templates.files]).toEqual([...texts.files]);
    expect(opened.templates.release.release).toBe('2026.12.0');
    expect(opened.notes).toBe('# 2026.12.0\n');
  });

  it.each(['manifest', 'config', 'templates', 'notes'] as const)(
    'is refused with another %s than the digest pins',
    async (part) => {
      const parts = {
        ...made.parts,
        [part]: Buffer.concat([made.parts[part] ?? Buffer.of(), Buffer.from(' ')]),
      };
      expect((await failure(() => openObject(parts, wanted))).code).toBe('RELEASE_INVALID');
    },
  );

  const changed = async (change: Parameters<typeof configOf>[1]) => {
    const { parts, digest } = packObject({ ...config, ...change }, texts);
    return failure(() => openObject(parts, { ...wanted, digest }));
  };

  it.each([
    [
      'of another namespace',
      { namespace: 'other' },
      /is a release for the namespace other, not for proto/,
    ],
    [
      'of another release than its templates',
      { version: '2027.2.0' },
      /is release 2027\.2\.0, but its templates are those of 2026\.12\.0/,
    ],
    ['without an image', { images: {} }, /does not name the image proto\/[\w-]+ for [\w-]+/],
    ['without a bundle', { bundles: {} }, /does not name the static bundle proto\/web-app/],
    [
      'with an image of another namespace',
      {
        images: { ...config.images, more: { repository: 'other/x', digest: made.digest, size: 1 } },
      },
      /refers to other\/x, which is outside the namespace proto/,
    ],
  ])('is refused %s', async (_what, change, message) => {
    const error = await changed(change);
    expect(error.code).toBe('RELEASE_INVALID');
    expect(error.message).toMatch(message);
  });

  it.each([
    [{ sequence: 0 }, 'sequence'],
    [{ version: 'new\nest' }, 'version'],
    [{ createdAt: 'today' }, 'createdAt'],
    [
      {
        images: {
          ...config.images,
          platform: { repository: 'proto/../x', digest: made.digest, size: 1 },
        },
      },
      'images.platform.repository',
    ],
    [{ unknown: 1 } as object, ''],
  ])('is refused with a config that has %j, by its key', async (change, key) => {
    const bytes = Buffer.from(JSON.stringify({ ...config, ...change }));
    const manifest = JSON.parse(made.parts.manifest.toString());
    manifest.config = { ...manifest.config, digest: digestOf(bytes), size: bytes.length };
    const parts = { ...made.parts, config: bytes, manifest: Buffer.from(JSON.stringify(manifest)) };
    const error = await failure(() =>
      openObject(parts, { ...wanted, digest: digestOf(parts.manifest) }),
    );
    expect(error.code).toBe('RELEASE_INVALID');
    expect(error.faults.map((fault) => fault.key)).toEqual([key]);
  });

  it('says that it needs a newer program, whatever else it has', async () => {
    const error = await changed({ minimumProgram: '0.4.0', more: 1 } as object);
    expect(error.code).toBe('PROGRAM_TOO_OLD');
    expect(error.exitCode).toBe(3);
    expect(error.message).toBe(
      'Release 2026.12.0 needs proto-scaffold 0.4.0 or later. This is 0.3.0.',
    );
    const fits = packObject({ ...config, minimumProgram: '0.3.0' }, texts);
    const opened = await openObject(fits.parts, { ...wanted, digest: fits.digest });
    expect(opened.config.minimumProgram).toBe('0.3.0');
  });
});

describe('its templates', () => {
  it('are refused if one is there twice, is not text, or is damaged', async () => {
    const archive = packTemplates(texts);
    expect(unpackTemplates(archive, 'x').release).toBe(texts.release);
    expect((await failure(() => unpackTemplates(archive.subarray(0, 500), 'x'))).message).toBe(
      'The templates of x are damaged or too large.',
    );
    const none = packTemplates({ release: '', files: new Map() });
    expect(unpackTemplates(none, 'x')).toEqual({ release: '', files: new Map() });
  });

  it('are bounded', async () => {
    const big = packTemplates({
      release: '',
      files: new Map([['a', 'x'.repeat(9 * 1024 * 1024)]]),
    });
    expect(big.length).toBeLessThan(100_000);
    expect((await failure(() => unpackTemplates(big, 'x'))).code).toBe('RELEASE_INVALID');
  });
});

/** A registry that has this object and these signatures, and counts what it is asked for. */
function registryWith(parts: ObjectParts, signatures: readonly Signature[]) {
  const asked: string[] = [];
  const blobs = [parts.config, parts.templates, ...(parts.notes ? [parts.notes] : [])];
  return {
    asked,
    async manifest(_: string, digest: string) {
      asked.push('manifest');
      return { digest, bytes: parts.manifest };
    },
    async *signatures() {
      asked.push('signatures');
      yield* signatures;
    },
    async blob(_: string, { digest }: { digest: string }) {
      asked.push('blob');
      return blobs.find((blob) => digestOf(blob) === digest) as Buffer;
    },
  };
}

describe('a fetched object', () => {
  const key = vendorKey();
  const stranger = vendorKey();
  const by = ({ privateKey, trusted }: typeof key, digest = made.digest) =>
    signatures({ digest, reference: 'r.example/proto/release' }, privateKey, trusted);

  it('is not asked for signatures without keys', async () => {
    const registry = registryWith(made.parts, []);
    const object = await fetchObject(registry, wanted, []);
    expect(registry.asked).toEqual(['manifest', 'blob', 'blob', 'blob']);
    expect(object.parts.signature).toBeUndefined();
  });

  it('keeps the signature that was verified, one of several', async () => {
    const all = [...by(stranger), ...by(key)];
    const registry = registryWith(made.parts, all);
    const object = await fetchObject(registry, wanted, [key.trusted]);
    expect(object.parts.signature).toEqual({
      fingerprint: key.trusted.fingerprint,
      signature: all[2],
    });
  });

  it.each([
    ['no signature', [], /is not signed/, []],
    [
      'that of a stranger',
      by(stranger),
      /No signature/,
      ['a signature was made with a key that is not among the trusted ones'],
    ],
    [
      'that of another object',
      by(key, `sha256:${'1'.repeat(64)}`),
      /No signature/,
      ['a signature is of another object'],
    ],
  ])(
    'is refused with %s, before anything of it is parsed',
    async (_what, signatures, message, faults) => {
      const registry = registryWith(
        { ...made.parts, manifest: Buffer.from('not even a manifest') },
        signatures,
      );
      const error = await fetchObject(registry, wanted, [key.trusted]).catch(
        (each: unknown) => each,
      );
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).code).toBe('RELEASE_UNVERIFIED');
      expect((error as UserError).message).toMatch(message);
      expect((error as UserError).faults.map((fault) => fault.message)).toEqual(faults);
      expect(registry.asked).toEqual(['manifest', 'signatures']);
    },
  );
});
